import { systemNamespace as namespace } from "../../../components/common/addOnNamespaces.js";
import { isolatedNamespaces } from "../../../stacks/settings/derived/namespaces.js";
import { failed, judged, proved, unchecked, type Concern, type Finding } from "../claim.js";
import { noConfig, readConfig, type AgentSettings } from "../checks/network/ciliumConfig.js";
import { agentsFollow, ciliumAgents, enforcement } from "../checks/network/enforcement.js";
import { policiesAsSettings } from "../checks/network/policies.js";
import type { CiliumPolicy, Node } from "../cluster/kinds.js";
import { conditionOf, list, namespacedName } from "../cluster/objects.js";
import type { Target } from "../cluster/target.js";
import {
  missingRelease,
  needsRealPods,
  readiness,
  readWorkload,
  workloadsReady,
  type WorkloadRef,
} from "../cluster/workloads.js";

export const networkIsolation: Concern = {
  concern: "Network isolation",
  mitigation: "Cilium NetworkPolicy (pod-level traffic control)",
  claims: [
    {
      claim: "Cilium is the CNI plugin on every node",
      check: (target) =>
        workloadsReady(target, "cilium", [
          ciliumAgents,
          { kind: "Deployment", namespace, name: "cilium-operator" },
        ]),
    },
    { claim: "The standard kube-proxy handles service routing", check: kubeProxy },
    { claim: "Cilium enforces NetworkPolicy", check: enforcement },
    { claim: "CiliumNetworkPolicy extends it with L7-aware policies", check: layer7 },
    { claim: "Traffic between nodes is encrypted as the settings say", check: encryption },
    {
      claim: "Each isolated namespace denies by default and allows exactly the flows of the settings",
      check: policiesAsSettings,
    },
    { claim: "Traffic must be explicitly allowed: namespaces deny by default", check: explicit },
  ],
};

/** Cilium's settings, as the agents of all nodes read them. */
async function withConfig(target: Target, check: (all: AgentSettings[]) => Finding): Promise<Finding> {
  const config = await readConfig(target);
  if (!config) return missingRelease(target, "cilium", noConfig);
  return check(config.settings);
}

/** What differs from the wanted settings. */
function differences(all: AgentSettings[], wanted: Record<string, string>): string[] {
  return all.flatMap(({ source, data }) =>
    Object.entries(wanted)
      .filter(([key, value]) => data[key] !== value)
      .map(([key, value]) => `${source} has ${key} ${data[key] ?? "not set"}, not ${value}`),
  );
}

const texts = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");

async function kubeProxy(target: Target): Promise<Finding> {
  const ref: WorkloadRef = { kind: "DaemonSet", namespace, name: "kube-proxy", everyNode: true };
  const found = await readWorkload(target, ref);
  const pods = found && (await readiness(target, ref, found));
  const wanted = { "kube-proxy-replacement": "false" };
  return withConfig(target, (config) => {
    const problems = differences(config, wanted);
    if (!pods) {
      if (problems.length === 0 && target.simulatedPods)
        return needsRealPods(`${texts(wanted)}; kube-proxy is absent`);
      return judged([...problems, `DaemonSet ${namespace}/kube-proxy does not exist`], "");
    }
    const { ready, wanted: nodes } = pods;
    if (ready < nodes || nodes === 0) problems.push(`kube-proxy is ready on ${ready} of ${nodes} nodes`);
    return judged(problems, `kube-proxy ${ready}/${nodes} ready, ${texts(wanted)}`);
  });
}

/**
 * Whether a rule of a port asks for something above the transport layer
 * (https://docs.cilium.io/en/stable/security/policy/language/#layer-7-examples). One of its items that asks for nothing lets
 * everything through.
 */
function hasLayer7(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, part]) =>
    ["http", "kafka", "dns", "l7"].includes(key) && Array.isArray(part)
      ? part.length > 0 && part.every((item) => Object.values(item as object).some(isAsking))
      : hasLayer7(part),
  );
}

const isAsking = (field: unknown): boolean =>
  Array.isArray(field)
    ? field.length > 0
    : ![".*", "/.*", "*", "", null, undefined].includes(field as string);

async function layer7(target: Target): Promise<Finding> {
  const wanted = { "enable-l7-proxy": "true" };
  const known = await list<CiliumPolicy>(target.api, "/apis/cilium.io/v2/ciliumnetworkpolicies");
  return withConfig(target, (config) => {
    const problems = differences(config, wanted);
    if (!known && problems.length === 0 && target.simulatedPods) {
      return needsRealPods(`${texts(wanted)}; Cilium's operator has not brought its kinds`);
    }
    if (!known) return failed([...problems, "the cluster knows no CiliumNetworkPolicies"].join("; "));
    const rules = known.filter(({ spec, specs }) => hasLayer7([spec, specs]));
    const refused = rules.flatMap((policy) => {
      const valid = conditionOf(policy, "Valid");
      return valid?.status === "True"
        ? []
        : [`${namespacedName(policy)} is not realized: ${valid?.message ?? "no agent has said so"}`];
    });
    if (problems.length === 0 && rules.length === 0)
      return unchecked(
        `${texts(wanted)}, but none of ${known.length} policies has a rule of layer 7 (network.flows[].http makes one)`,
      );
    if (problems.length === 0 && refused.length > 0 && target.simulatedPods)
      return needsRealPods(`${texts(wanted)}; ${refused.join("; ")}`);
    return judged(
      [...problems, ...refused],
      `${texts(wanted)}; realized: ${rules.map(namespacedName).join(", ")}`,
    );
  });
}

/**
 * The key that an agent gives to the others once its WireGuard device is up; they send in plain to a node without one
 * (https://docs.cilium.io/en/stable/security/network/encryption-wireguard/).
 */
const wireGuardKey = "network.cilium.io/wg-pub-key";

/** Every start of a machine has another ID (/proc/sys/kernel/random/boot_id), which nodes in its namespaces share. */
function areOneMachine(nodes: Node[]): boolean {
  const [first, ...others] = nodes.map(({ status }) => status?.nodeInfo?.bootID);
  return Boolean(first) && others.every((one) => one === first);
}

async function encryption(target: Target): Promise<Finding> {
  const { network, cluster } = target.settings;
  const wireguard = (network.encryption ?? (cluster.nodes.length > 1 ? "wireguard" : "none")) === "wireguard";
  const found = (await list<Node>(target.api, "/api/v1/nodes")) ?? [];
  const nodes = found.map(({ metadata }) => metadata.name);
  const config = await readConfig(target);
  if (!config) return missingRelease(target, "cilium", noConfig);
  if (!wireguard) {
    if (nodes.length < 2) return proved("one node: no traffic between pods leaves it");
    return areOneMachine(found)
      ? proved(`${nodes.length} nodes of one machine, by their boot ID: no traffic between pods leaves it`)
      : failed(`${nodes.length} nodes talk to each other unencrypted (network.encryption none)`);
  }
  const off = config.settings.filter(({ data }) => data["enable-wireguard"] !== "true");
  if (off.length > 0) return failed(off.map(({ source }) => `${source} has WireGuard off`).join("; "));
  if (target.simulatedPods) return needsRealPods("enable-wireguard true, and no agent has made a key");
  const known = (await list(target.api, "/apis/cilium.io/v2/ciliumnodes")) ?? [];
  const ready = new Set(
    known.filter(({ metadata }) => metadata.annotations?.[wireGuardKey]).map(({ metadata }) => metadata.name),
  );
  const missing = nodes.filter((node) => !ready.has(node));
  if (missing.length > 0)
    return failed(
      `enable-wireguard true, but Cilium's agent has no key on ${missing.join(", ")}: traffic there is not encrypted; ` +
        `kubectl -n ${namespace} rollout restart daemonset cilium, and see its log`,
    );
  // The annotation outlives the agent.
  return agentsFollow(target, config, `enable-wireguard true; the agents of ${nodes.join(", ")} have a key`);
}

/** Namespaces with nothing but the cluster's own pods, which network policies cannot keep from each other anyway. */
const systemNamespaces = [namespace, "kube-public", "kube-node-lease", "cilium-secrets"];

async function explicit(target: Target): Promise<Finding> {
  const isolated = isolatedNamespaces(target.settings);
  const pods = (await list(target.api, "/api/v1/pods", true)) ?? [];
  const open = [...new Set(pods.map(({ metadata }) => metadata.namespace!))]
    .filter((name) => ![...systemNamespaces, ...isolated].includes(name))
    .sort();
  const left = open.length > 0 ? `; not in network.isolated, so open: ${open.join(", ")}` : "";
  if (isolated.length === 0) return unchecked(`no namespace is isolated${left}`);
  const policies = await policiesAsSettings(target);
  if (policies.status === "failed") return failed("the policies are not those of the settings");
  const enforced = await enforcement(target);
  if (policies.status === "proved" && enforced.status === "proved")
    return proved(`${policies.evidence}, and enforced: ${enforced.evidence}${left}`);
  const doubt =
    enforced.status === "failed" ? "nothing enforces them" : "it is not known whether they are enforced";
  const reasons = [policies, enforced].filter(({ status }) => status !== "proved");
  return unchecked(
    `${isolated.join(", ")} have policies, but ${doubt}: ${reasons.map(({ evidence }) => evidence).join("; ")}${left}`,
  );
}
