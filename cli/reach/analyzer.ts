import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, run } from "../kit/run.js";
import { parseRange, type AddressRange } from "./addresses.js";
import { temporaryFolder } from "../kit/temporaryFolder.js";
import { UserError } from "../kit/userError.js";
import { elsewhere, namespaceLabel, type PodGroup, type PodGroups } from "./podGroups.js";
import type { PolicySet } from "./policies.js";
import { parsePorts, type PortRange } from "./ports.js";
import { readable } from "./standardRules.js";

/** One end of a connection: the name of a pod group, or addresses outside the cluster. */
export type End = string | AddressRange;

/** A connection that the NetworkPolicies let through. */
export interface Connection {
  from: End;
  to: End;
  ports: readonly PortRange[];
}

/** The namespace that stands for all that no policy names. */
const elsewhereNamespace = "any-other-namespace";

/** Every pod group has two pods: whether pods of one kind reach each other is a question too. */
const [pod, twin] = ["pod", "twin"];

/**
 * Who can reach whom by NetworkPolicies alone, as netpol-analyzer has it.
 *
 * @param analyzer Path of its command.
 * @throws UserError with what the analyzer said.
 */
export async function analyze(analyzer: string, set: PolicySet, podGroups: PodGroups): Promise<Connection[]> {
  const { path: folder, remove } = temporaryFolder();
  try {
    mkdirSync(join(folder, "manifests"));
    const items = manifestsOf(set, podGroups);
    writeFileSync(
      join(folder, "manifests", "all.json"),
      JSON.stringify({ apiVersion: "v1", kind: "List", items }),
    );
    const stdout = await list(analyzer, join(folder, "manifests"), set.standard.length > 0);
    return connectionsIn(stdout, podGroups);
  } finally {
    remove();
  }
}

async function list(analyzer: string, folder: string, hasPolicies: boolean): Promise<string> {
  try {
    const { stdout, stderr } = await run([analyzer, "list", "--dirpath", folder, "--output", "json"]);
    // It remarks on what it leaves out, and on there being no policy.
    if (!hasPolicies || stderr.trim() === "") return stdout;
    throw new CommandFailed(stderr.trim());
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(`netpol-analyzer cannot tell who reaches whom:\n${error.message}`);
  }
}

/** What the analyzer reads: the policies, and pods of every pod group with the labels that are known of them. */
export function manifestsOf({ standard }: PolicySet, podGroups: PodGroups): object[] {
  const list = podGroups.list().map((podGroup, index) => ({ ...podGroup, id: index }));
  const namespaces = [...new Set(list.map(manifestNamespace))];
  return [
    ...namespaces.map((name) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels: { [namespaceLabel]: name } },
    })),
    ...list.flatMap((podGroup) =>
      [pod, twin].map((kind) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name: `${kind}-${podGroup.id}`,
          namespace: manifestNamespace(podGroup),
          labels: podGroup.labels,
        },
      })),
    ),
    ...standard.map(readable).map(({ name, namespace, spec }) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name, namespace },
      spec,
    })),
  ];
}

function manifestNamespace({ namespace }: PodGroup): string {
  return namespace === elsewhere ? elsewhereNamespace : namespace;
}

/**
 * Reads the analyzer's list of connections.
 *
 * @throws Error where it is not understood.
 */
export function connectionsIn(json: string, podGroups: PodGroups): Connection[] {
  const list = podGroups.list();
  const read = (text: string): { end: End; isTwin: boolean } => {
    const range = parseRange(text);
    if (range) return { end: range, isTwin: false };
    const [, kind, id] = /^[^/]+\/(\w+)-(\d+)\[Pod\]$/.exec(text) ?? [];
    const podGroup = list[Number(id)];
    if (!podGroup)
      throw new Error(`netpol-analyzer wrote an end of a connection that is not understood: ${text}`);
    return { end: podGroup.name, isTwin: kind === twin };
  };
  // It says null where there is no connection at all.
  const rows = (JSON.parse(json) ?? []) as { src: string; dst: string; conn: string }[];
  return rows.flatMap(({ src, dst, conn }) => {
    const [from, to] = [read(src), read(dst)];
    // The second pod is there to be reached by the first.
    if (from.isTwin || (to.isTwin && from.end !== to.end)) return [];
    return [{ from: from.end, to: to.end, ports: parsePorts(conn) }];
  });
}
