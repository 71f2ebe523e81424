import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";
import { blocksOf, digestOf, type Block } from "./blocks.js";

/** Documents that users follow. */
export const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...readdirSync(join(projectFolder, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .sort()
    .map((file) => `docs/${file}`),
];

/** Text of a document. */
export function textOf(document: string): string {
  return readFileSync(join(projectFolder, document), "utf8");
}

/** Which blocks of commands there are, and which of them a test runs. */
export class Claims {
  /** Why tests did not get the block that they claim. */
  readonly refused: string[] = [];
  private readonly claimed = new Set<Block>();

  constructor(private readonly blocks: Block[]) {}

  /**
   * Takes a block of commands for one test.
   *
   * @param digest {@link digestOf} the block the test was written for.
   * @throws Error when there is no such block, another test has it, or it has changed.
   */
  claim(document: string, name: string, digest: string): Block {
    const block = this.blocks.find((block) => block.document === document && block.name === name);
    if (!block) {
      const there = this.blocks.filter((block) => block.document === document).map((block) => block.name);
      throw new Error(`${document} has no commands under "${name}"; it has some under: ${there.join(", ")}`);
    }
    if (this.claimed.has(block)) throw new Error(`${placeOf(block)}: two tests claim it`);
    this.claimed.add(block);
    if (digestOf(block) !== digest) {
      throw new Error(
        `${placeOf(block)}: the commands changed. See whether their test still does what they say, and claim them as ` +
          `${digestOf(block)}:\n${block.text}`,
      );
    }
    return block;
  }

  /** The blocks that no test runs. */
  unclaimed(): string[] {
    return this.blocks
      .filter((block) => !this.claimed.has(block))
      .map((block) => `${placeOf(block)}: no test runs\n${block.text}`);
  }
}

function placeOf({ document, line, name }: Block): string {
  return `${document}:${line}, "${name}"`;
}

/** Every block of the documents. */
export const allBlocks = documents.flatMap((document) => blocksOf(document, textOf(document)));

/** Every block of commands, for all tests that this process loads. */
export const claims = new Claims(allBlocks.filter(({ language }) => language === "sh"));

/**
 * The one test of a block: claims it while the suite is loaded, and fails when it cannot, or never takes its text.
 *
 * @param test Gets the text as it stands in the document.
 */
export function documented(
  document: string,
  name: string,
  digest: string,
  title: string,
  test: (this: Mocha.Context, block: { text: string }) => Promise<unknown>,
): void {
  const claim = attempt(() => claims.claim(document, name, digest));
  if ("error" in claim) claims.refused.push(claim.error.message);
  it(`${name}: ${title}`, async function () {
    if ("error" in claim) throw claim.error;
    let taken = false;
    await test.call(this, {
      get text() {
        taken = true;
        return claim.value.text;
      },
    });
    if (!taken) throw new Error(`the test of ${placeOf(claim.value)} runs something else`);
  });
}

function attempt<T>(work: () => T): { value: T } | { error: Error } {
  try {
    return { value: work() };
  } catch (error) {
    return { error: error as Error };
  }
}
