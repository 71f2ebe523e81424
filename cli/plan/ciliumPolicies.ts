import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { run } from "../kit/run.js";
import { resourcesIn } from "./engine/events.js";
import type { Values } from "./providers/standIn.js";
import { holdsUnknown } from "./providers/values.js";
import { builtTool } from "../kit/toolchain/tool.js";
import type { Violation } from "./violations.js";

const types = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"].map(
  (kind) => `kubernetes:cilium.io/v2:${kind}`,
);

/**
 * What Cilium's own code has against the policies of the plan; a note instead where that code has not been built, for
 * which a plan does not wait.
 *
 * @param find Path of tools/cilium/cilium-policy, if it has been built. Default: where the toolchain has it.
 */
export async function ciliumViolations(
  events: readonly EngineEvent[],
  find: () => Promise<string | undefined> = () => builtTool("cilium-policy"),
): Promise<{ violations: Violation[]; notes: string[] }> {
  const policies = resourcesIn(events)
    .filter(({ type, operation }) => types.includes(type) && operation !== "delete")
    .map(({ urn, step }) => ({ urn, object: step.new?.inputs as Values }))
    .filter(({ object }) => !holdsUnknown(object));
  if (policies.length === 0) return { violations: [], notes: [] };
  const program = await find();
  if (program === undefined) {
    const note = `${policies.length} policies of Cilium were not judged by Cilium's own code; npm run tools builds it, in about two minutes.`;
    return { violations: [], notes: [note] };
  }
  const reasons = await judge(
    program,
    policies.map(({ object }) => object),
  );
  return {
    violations: policies.flatMap(({ urn }, index) =>
      reasons[index] ? [{ policy: "cilium-policy", urn, message: reasons[index] }] : [],
    ),
    notes: [],
  };
}

async function judge(program: string, objects: readonly object[]): Promise<string[]> {
  const { stdout } = await run([program], { input: JSON.stringify(objects) }).catch((error: Error) => {
    throw new Error(`${program} failed: ${error.message}`);
  });
  return JSON.parse(stdout) as string[];
}
