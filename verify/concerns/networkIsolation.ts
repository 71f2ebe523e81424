import { enforcementOf, isolatedNamespaces } from "../../stacks/flows.js";
import { failed, judged, unchecked, type Concern, type Finding } from "../claim.js";
import { list, nameOf, read, type KubeObject } from "../objects.js";
import type { Target } from "../target.js";
import {
  missingRelease,
  needsRealPods,
  readiness,
  readWorkload,
  workloadsReady,
  type WorkloadRef,
} from "../workloads.js";

const namespace = "kube-system";

export const networkIsolation: Concern = {
  concern: "Network isolation",
  mitigation: "Cilium NetworkPolicy (pod-level traffic control)",
  claims: [
    {
      claim: "Cilium is the CNI plugin on every node",
      check: (target) =>
        workloadsReady(target, "cilium", [
          { kind: "DaemonSet", namespace, name: "cilium" },
          { kind: "Deployment", namespace, name: "cilium-operator" },
        ]),
    },
    { claim: "The standard kube-proxy handles service routing", check: kubeProxy },
    { claim: "Cilium enforces NetworkPolicy", check: enforcement },
    { claim: "CiliumNetworkPolicy extends it with L7-aware policies", check: layer7 },
    { claim: "Traffic between nodes is encrypted as the settings say", check: encryption },
    { claim: "Traffic must be explicitly allowed: namespaces deny by default", check: defaultDeny },
  ],
};

/** Cilium's settings, as its agents read them. */
async function withConfig(
  target: Target,
  check: (config: Record<string, string>) => Finding,
): Promise<Finding> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/cilium-config`;
  const config = await read<{ data?: Record<string, string> }>(target.api, path);
  if (!config) return missingRelease(target, "cilium", `there is no ConfigMap ${namespace}/cilium-config`);
  return check(config.data ?? {});
}

/** What differs from the wanted settings. */
function differences(config: Record<string, string>, wanted: Record<string, string>): string[] {
  return Object.entries(wanted)
    .filter(([key, value]) => config[key] !== value)
    .map(([key, value]) => `cilium-config has ${key} ${config[key] ?? "not set"}, not ${value}`);
}

const texts = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");

async function kubeProxy(target: Target): Promise<Finding> {
  const ref: WorkloadRef = { kind: "DaemonSet", namespace, name: "kube-proxy" };
  const found = await readWorkload(target, ref);
  const wanted = { "kube-proxy-replacement": "false" };
  return withConfig(target, (config) => {
    const problems = differences(config, wanted);
    if (!found) {
      if (problems.length === 0 && target.simulatedPods)
        return needsRealPods(`${texts(wanted)}; kube-proxy is absent`);
      return judged([...problems, `DaemonSet ${namespace}/kube-proxy does not exist`], "");
    }
    const { ready, wanted: nodes } = readiness("DaemonSet", found);
    if (ready < nodes || nodes === 0) problems.push(`kube-proxy is ready on ${ready} of ${nodes} nodes`);
    return judged(problems, `kube-proxy ${ready}/${nodes} ready, ${texts(wanted)}`);
  });
}

/** Cilium's audit mode is a switch of every agent, for every policy of the cluster, whoever made it. */
const auditKey = "policy-audit-mode";

async function enforcement(target: Target): Promise<Finding> {
  const wanted = enforcementOf(target.settings);
  return withConfig(target, (config) => {
    const mode = config["enable-policy"] ?? "default";
    if (config[auditKey] === "true") {
      const settings =
        wanted === "audit"
          ? "as the settings say (network.enforcement audit); docs/isolate-a-namespace.md goes on to enforce"
          : "though the settings say network.enforcement enforce";
      return failed(
        `cilium-config has ${auditKey} true, ${settings}: no network policy of the cluster is enforced, ` +
          "Cilium only reports what it would drop",
      );
    }
    return judged(mode === "never" ? ["cilium-config has enable-policy never"] : [], `enable-policy ${mode}`);
  });
}

async function layer7(target: Target): Promise<Finding> {
  const wanted = { "enable-l7-proxy": "true" };
  const known = await list(target.api, "/apis/cilium.io/v2/ciliumnetworkpolicies", true);
  return withConfig(target, (config) => {
    const problems = differences(config, wanted);
    if (!known && problems.length === 0 && target.simulatedPods) {
      return needsRealPods(`${texts(wanted)}; Cilium's operator has not brought its kinds`);
    }
    return judged(
      [...problems, ...(known ? [] : ["the cluster knows no CiliumNetworkPolicies"])],
      `${texts(wanted)}, CiliumNetworkPolicies known (${known?.length ?? 0})`,
    );
  });
}

async function encryption(target: Target): Promise<Finding> {
  const { network, cluster } = target.settings;
  const wireguard = (network.encryption ?? (cluster.nodes.length > 1 ? "wireguard" : "none")) === "wireguard";
  const nodes = ((await list(target.api, "/api/v1/nodes")) ?? []).length;
  return withConfig(target, (config) => {
    const enabled = config["enable-wireguard"] === "true";
    if (wireguard) return judged(enabled ? [] : ["cilium-config has WireGuard off"], "enable-wireguard true");
    return judged(
      nodes > 1 ? [`${nodes} nodes talk to each other unencrypted (network.encryption none)`] : [],
      "one node: no traffic between pods leaves it",
    );
  });
}

type NetworkPolicy = KubeObject & {
  spec: {
    podSelector?: { matchLabels?: object; matchExpressions?: unknown[] };
    policyTypes?: string[];
    ingress?: unknown[];
    egress?: unknown[];
  };
};

/** Selects every pod, in both directions, and allows nothing by itself. */
function isDefaultDeny({ spec }: NetworkPolicy): boolean {
  const { podSelector = {}, policyTypes = [], ingress = [], egress = [] } = spec;
  const selectsAll =
    Object.keys(podSelector.matchLabels ?? {}).length === 0 &&
    (podSelector.matchExpressions ?? []).length === 0;
  return (
    selectsAll &&
    ["Ingress", "Egress"].every((type) => policyTypes.includes(type)) &&
    ingress.length === 0 &&
    egress.length === 0
  );
}

/** Namespaces with nothing but the cluster's own pods, which network policies cannot keep from each other anyway. */
const systemNamespaces = ["kube-system", "kube-public", "kube-node-lease", "cilium-secrets"];

async function defaultDeny({ api, settings }: Target): Promise<Finding> {
  const policies = (await list<NetworkPolicy>(api, "/apis/networking.k8s.io/v1/networkpolicies")) ?? [];
  const denying = policies.filter(isDefaultDeny);
  const denied = new Set(denying.map(({ metadata }) => metadata.namespace!));
  const wanted = isolatedNamespaces(settings);
  const pods = (await list(api, "/api/v1/pods", true)) ?? [];
  const open = [...new Set(pods.map(({ metadata }) => metadata.namespace!))]
    .filter((name) => ![...systemNamespaces, ...wanted].includes(name) && !denied.has(name))
    .sort();
  const left = open.length > 0 ? `; not in network.isolated, so open: ${open.join(", ")}` : "";
  const found = judged(
    wanted.filter((name) => !denied.has(name)).map((name) => `the pods of ${name} may talk to anybody`),
    `denied by default: ${denying.map(nameOf).join(", ")}${left}`,
  );
  if (found.status === "failed") return found;
  if (wanted.length === 0) return unchecked(`no namespace is isolated${left}`);
  const path = `/api/v1/namespaces/${namespace}/configmaps/cilium-config`;
  const config = await read<{ data?: Record<string, string> }>(api, path);
  const audit = config ? config.data?.[auditKey] === "true" : enforcementOf(settings) === "audit";
  return audit
    ? unchecked(`${found.evidence}; but in audit mode Cilium enforces no policy, so nothing is denied yet`)
    : found;
}
