import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { charts } from "../../../components/common/charts.js";
import { projectFolder, tool } from "../../../cli/kit/toolchain/tool.js";
import type { Values } from "../../../cli/plan/providers/standIn.js";
import { isolate } from "../../../stacks/sections/network.js";
import { parseSettings, settingsOf, type Settings } from "../../../stacks/settings/index.js";
import { demandCrds } from "../../kit/charts.js";
import { capture } from "../../kit/capture.js";

/** Settings of a stack's file, with changes to the group `network`. */
export function settingsIn(stack: string, network: object = {}): Settings {
  const text = readFileSync(join(projectFolder, `Pulumi.${stack}.yaml`), "utf8");
  const raw = settingsOf((parse(text) as { config: Record<string, unknown> }).config);
  return parseSettings({ ...raw, network: { ...(raw["network"] as object), ...network } }, stack).settings;
}

/** Every policy that the program would apply, as an object. */
export async function policiesIn(settings: Settings): Promise<Values[]> {
  const run = await capture(() => isolate(settings, {}));
  return run.resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ type, inputs }) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: type.split(":").at(-1),
      ...(inputs as Values),
    }));
}

export const isCilium = ({ kind }: Values): boolean => kind === "CiliumNetworkPolicy";

export const titleOf = ({ kind, metadata }: Values): string =>
  `${kind} ${metadata.namespace}/${metadata.name}`;

/** The definition of CiliumNetworkPolicy as Cilium publishes it; skips, saying why, where it is not at hand. */
export function publishedPolicy(test: Mocha.Context): Values {
  const file = join(demandCrds(test), `cilium-${charts.cilium.version}.yaml`);
  const found = parseAllDocuments(readFileSync(file, "utf8"))
    .map((document) => document.toJS() as Values)
    .find((definition) => definition["spec"].names.kind === "CiliumNetworkPolicy");
  assert.ok(found, `no CiliumNetworkPolicy in ${file}`);
  return found;
}

/** Path of the tool; building it takes minutes on a fresh machine, once. */
export function ciliumPolicy(test: Mocha.Context): Promise<string> {
  test.timeout(0);
  return tool("cilium-policy");
}

/** Why Cilium refuses each policy; an empty text where it takes it. */
export function reasonsOf(program: string, objects: readonly object[]): string[] {
  const printed = execFileSync(program, {
    input: JSON.stringify(objects),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
  });
  return JSON.parse(printed) as string[];
}
