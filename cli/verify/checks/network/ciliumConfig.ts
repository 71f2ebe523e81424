import { systemNamespace as namespace } from "../../../../components/common/addOnNamespaces.js";
import type { ConfigMap } from "../../cluster/kinds.js";
import { list, read, type KubeObject } from "../../cluster/objects.js";
import { selects, type LabelSelector } from "../../cluster/selectors.js";
import type { Target } from "../../cluster/target.js";

/** Settings that the agents of some nodes read. */
export interface AgentSettings {
  /** What they come from, and on which nodes where it is not all of them. */
  source: string;
  data: Record<string, string>;
}

/** Cilium's settings, as its agents read them when they start. */
export interface CiliumConfig {
  /** At least one; each is that of other nodes. */
  settings: AgentSettings[];
  /** When any of it was last written, in milliseconds. */
  changedAt: number;
}

interface AgentPods {
  spec: {
    template: {
      spec: { containers: { args?: string[]; env?: { name: string; value?: string }[] }[] };
    };
  };
}

type NodeConfig = KubeObject & { spec: { defaults?: Record<string, string>; nodeSelector?: LabelSelector } };

const configMap = "cilium-config";
/** Stands for the nodes of a cluster that has none yet. */
const anyNode: KubeObject = { metadata: { name: "any node" } };

export const noConfig = `there is no ConfigMap ${namespace}/${configMap}`;

/**
 * The ConfigMap of all nodes, and over it the CiliumNodeConfigs that select a node, in the order of their names
 * (https://docs.cilium.io/en/stable/configuration/per-node-config/). Undefined where there is no ConfigMap.
 */
export async function readConfig({ api }: Target): Promise<CiliumConfig | undefined> {
  const base = await read<ConfigMap>(api, `/api/v1/namespaces/${namespace}/configmaps/${configMap}`);
  if (!base) return undefined;
  const all = (await list<NodeConfig>(api, "/apis/cilium.io/v2/ciliumnodeconfigs")) ?? [];
  const overrides = all
    .filter(({ metadata, spec }) => metadata.namespace === namespace && spec.nodeSelector)
    .sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  const known = overrides.length === 0 ? [] : ((await list(api, "/api/v1/nodes")) ?? []);
  const nodes = known.length > 0 ? known : [anyNode];

  const groups = new Map<string, { nodes: string[]; overrides: NodeConfig[] }>();
  for (const { metadata } of nodes) {
    const selected = overrides.filter(({ spec }) => selects(spec.nodeSelector!, metadata.labels ?? {}));
    const names = selected.map((override) => override.metadata.name).join(", ");
    const group = groups.get(names) ?? { nodes: [], overrides: selected };
    groups.set(names, { ...group, nodes: [...group.nodes, metadata.name] });
  }
  const settings = [...groups].map(([names, group]): AgentSettings => {
    const places = group.nodes.join(", ");
    return {
      source: names === "" ? configMap : `${configMap} with CiliumNodeConfig ${names} on ${places}`,
      data: group.overrides.reduce((data, { spec }) => ({ ...data, ...spec.defaults }), base.data ?? {}),
    };
  });
  const agents = await read<AgentPods>(api, `/apis/apps/v1/namespaces/${namespace}/daemonsets/cilium`);
  const given = givenTo(agents);
  const isGiven = Object.keys(given).some((key) => !chartsOwn.includes(key));
  return {
    settings: settings.map(({ source, data }) => ({
      source: isGiven ? `${source} with arguments and variables of DaemonSet cilium` : source,
      data: { ...data, ...given },
    })),
    changedAt: Math.max(...[base, ...overrides].map(changedAt)),
  };
}

/** What the chart gives the agent itself, apart from the ConfigMap. */
const chartsOwn = ["config-dir", "k8s-namespace", "clustermesh-config"];

/** Settings by arguments and variables of the agents' pods, which count before the ConfigMap; arguments before variables. */
function givenTo(agents: AgentPods | undefined): Record<string, string> {
  const containers = agents?.spec.template.spec.containers ?? [];
  const variables = containers
    .flatMap(({ env }) => env ?? [])
    .filter(({ name, value }) => name.startsWith("CILIUM_") && value !== undefined)
    .map(({ name, value }) => [name.slice(7).toLowerCase().replaceAll("_", "-"), value!]);
  const flags = containers
    .flatMap(({ args }) => args ?? [])
    .map((argument) => /^--([^=]+)(?:=(.*))?$/s.exec(argument))
    .filter((found) => found !== null)
    .map(([, key, value = "true"]) => [key!, value]);
  return Object.fromEntries([...variables, ...flags]) as Record<string, string>;
}

/** When an object was last written, in milliseconds; 0 where it does not say. */
function changedAt({ metadata }: KubeObject): number {
  const times = [metadata.creationTimestamp, ...(metadata.managedFields ?? []).map(({ time }) => time)];
  return Math.max(0, ...times.flatMap((time) => (time === undefined ? [] : [Date.parse(time)])));
}
