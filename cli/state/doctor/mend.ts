import { exportedSecret } from "../../plan/providers/values.js";
import type { StackExport, StateResource } from "../stackExport.js";
import { inPlain } from "../stackState.js";
import type { DoctorsCluster } from "./cluster.js";
import type { Examined, Fix, Made } from "./examine.js";
import { releaseType } from "./resource.js";
import type { Stack } from "./stack.js";

/** Runs helm on the cluster. */
export type HelmCommand = (args: string[]) => Promise<unknown>;

/** Mends what can be mended without a decision. What fails is thrown; what was mended before stays mended. */
export async function mend(
  found: readonly Examined[],
  stack: Stack,
  helm: HelmCommand,
  cluster: Pick<DoctorsCluster, "deleteLease"> | undefined,
): Promise<void> {
  const fixes = found.flatMap(({ fix }) => fix ?? []);
  const of = <Kind extends Fix["do"]>(kind: Kind) =>
    fixes.filter((fix): fix is Extract<Fix, { do: Kind }> => fix.do === kind);
  for (const { lock } of of("unlock")) await stack.unlock(lock);
  for (const { version } of of("release")) await cluster!.deleteLease({ version });
  // Everything else is refused by the CLI itself where the stack is locked.
  if (of("helm").length > 0) await stack.demandUnlocked();
  for (const { args } of of("helm")) await helm(args);
  const uninstalled = of("helm").flatMap(({ urn }) => urn ?? []);
  const cleared = [...of("clear").map(({ urn }) => urn), ...uninstalled];
  const recorded = new Map(of("record").map(({ urn, id, manager }) => [urn, { id, manager }]));
  const state = await stack.state();
  const edited = withoutPending(state, cleared, recorded);
  if (edited) await stack.replaceState(edited);
  const known = new Set((edited ?? state).deployment?.resources?.map(({ urn }) => urn));
  const urns = [...cleared, ...recorded.keys(), ...of("refresh").map(({ urn }) => urn)];
  const targets = [...new Set(urns)].filter((urn) => known.has(urn));
  if (targets.length > 0) await stack.refresh(targets);
}

/**
 * The state without interrupted operations; undefined where it has none of these. `pulumi stack import` forgets them all.
 *
 * What one has made is put into the state as the program wants it, and a refresh adds how it is: `pulumi import` would take
 * every default of the API server for what the program wants, and would write the values of a release in plain.
 */
function withoutPending(
  { version, deployment }: StackExport,
  cleared: readonly string[],
  recorded: ReadonlyMap<string, Made>,
): StackExport | undefined {
  const { pending_operations: pending = [], resources = [] } = deployment ?? {};
  if (!pending.some(({ resource: { urn } }) => cleared.includes(urn) || recorded.has(urn))) return undefined;
  const made = pending
    .filter(({ resource: { urn } }) => recorded.has(urn))
    .map(({ resource }) => asMade(resource, recorded.get(resource.urn)!));
  return {
    version,
    deployment: { ...deployment, resources: [...resources, ...made], pending_operations: [] },
  };
}

function asMade(resource: StateResource, { id, manager }: Made): StateResource {
  const { type, inputs } = resource;
  return {
    ...resource,
    id,
    outputs: {
      ...inputs,
      ...(manager !== undefined && { __fieldManager: manager }),
      // The provider reads there what the program has asked of a release.
      ...(type === releaseType && { __inputs: exportedSecret(inPlain(inputs)) }),
    },
  };
}
