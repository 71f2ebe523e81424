import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../kit/toolchain/tool.js";

export const joinGuide = "docs/guides/join-a-node.md";

/** The guide's blocks of commands, in their order. */
const blocks = ["discovery", "worker", "certificates", "controlPlane", "taint"] as const;

type Block = (typeof blocks)[number];

/** What stands for an example in the guide, and what it is here. */
type Replacements = Record<string, string>;

/**
 * The guide's own commands, for nodes of other names and addresses.
 *
 * @throws Error where the guide does not have that block, or does not say what is to be replaced in it.
 */
export function guideCommands(
  block: Block,
  replacements: Replacements = {},
  guide = readFileSync(join(projectFolder, joinGuide), "utf8"),
): string {
  const found = [...guide.matchAll(/^( *)```sh\n(.*?)^\1```$/gms)].map(([, indent, text]) =>
    text!.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
  if (found.length !== blocks.length)
    throw new Error(`${joinGuide} has ${found.length} blocks of commands, and not ${blocks.length}`);
  return Object.entries(replacements).reduce((text, [example, here]) => {
    if (!text.includes(example)) throw new Error(`${joinGuide} does not say "${example}" for ${block}`);
    return text.replaceAll(example, here);
  }, found[blocks.indexOf(block)]!);
}
