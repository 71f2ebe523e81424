import { isDeepStrictEqual } from "node:util";
import { systemNamespace } from "../../../../components/common/addOnNamespaces.js";
import { isolatedNamespaces } from "../../../../stacks/settings/derived/namespaces.js";
import { networkPolicies } from "../../../../stacks/settings/derived/networkPolicies.js";
import { failed, judged, unchecked, type Finding } from "../../claim.js";
import type { CiliumPolicy, CiliumRules } from "../../cluster/kinds.js";
import { list, namespacedName, type KubeObject } from "../../cluster/objects.js";
import { selects } from "../../cluster/selectors.js";
import type { Target } from "../../cluster/target.js";
import { unreachableDns } from "./dns.js";

interface NetworkPolicy extends KubeObject {
  spec: { ingress?: unknown[]; egress?: unknown[] };
}

type Kind = "NetworkPolicy" | "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy";

const paths: Record<Kind, string> = {
  NetworkPolicy: "/apis/networking.k8s.io/v1/networkpolicies",
  CiliumNetworkPolicy: "/apis/cilium.io/v2/ciliumnetworkpolicies",
  CiliumClusterwideNetworkPolicy: "/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies",
};

/** The policies of a kind by `namespace/name`; undefined where the cluster does not know the kind. */
async function byName<T extends KubeObject>(
  { api }: Target,
  kind: Kind,
): Promise<Map<string, T> | undefined> {
  const found = await list<T>(api, paths[kind]);
  return found && new Map(found.map((policy) => [namespacedName(policy), policy]));
}

/**
 * Whether the policies of the cluster are those of the settings, and no others that allow anything: policies add up, so
 * whatever one of them allows is allowed. Whether anything enforces them is not asked here.
 */
export async function policiesAsSettings(target: Target): Promise<Finding> {
  const isolated = isolatedNamespaces(target.settings);
  const standard = (await byName<NetworkPolicy>(target, "NetworkPolicy")) ?? new Map<string, NetworkPolicy>();
  const cilium = await byName<CiliumPolicy>(target, "CiliumNetworkPolicy");
  const clusterwide = await byName<CiliumPolicy>(target, "CiliumClusterwideNetworkPolicy");
  const problems: string[] = [];
  const wanted: Record<"NetworkPolicy" | "CiliumNetworkPolicy", Set<string>> = {
    NetworkPolicy: new Set(),
    CiliumNetworkPolicy: new Set(),
  };
  let unknown = 0;

  for (const [namespace, policies] of networkPolicies(target.settings)) {
    const rendered = [
      ...[...policies.denying, ...policies.standard].map(([name, spec]) => ({
        kind: "NetworkPolicy" as const,
        name: `${namespace}/${name}`,
        spec,
      })),
      ...[...policies.cilium].map(([name, spec]) => ({
        kind: "CiliumNetworkPolicy" as const,
        name: `${namespace}/${name}`,
        spec,
      })),
    ];
    const liveOf = ({ kind, name }: (typeof rendered)[number]) =>
      (kind === "NetworkPolicy" ? standard : cilium)?.get(name);
    for (const { kind, name } of rendered) wanted[kind].add(name);
    if (!rendered.some(liveOf)) {
      const whose = namespace === systemNamespace ? `this stack in ${namespace}` : namespace;
      problems.push(`the pods of ${whose} may talk to anybody`);
      continue;
    }
    for (const policy of rendered) {
      const live = liveOf(policy);
      const title = `${policy.kind} ${policy.name}`;
      if (policy.kind === "CiliumNetworkPolicy" && !cilium) unknown++;
      else if (!live) problems.push(`there is no ${title}`);
      else if (!isDeepStrictEqual(live.spec, policy.spec))
        problems.push(`${title} is not as the settings have it; pulumi up --refresh brings it back`);
    }
  }

  const foreign = [
    ...[...standard.values()]
      .filter((policy) => !wanted.NetworkPolicy.has(namespacedName(policy)) && allows(policy.spec))
      .map((policy) => ({ kind: "NetworkPolicy", policy })),
    ...[...(cilium?.values() ?? [])]
      .filter(
        (policy) => !wanted.CiliumNetworkPolicy.has(namespacedName(policy)) && rulesOf(policy).some(allows),
      )
      .map((policy) => ({ kind: "CiliumNetworkPolicy", policy })),
  ].filter(({ policy }) => isolated.includes(policy.metadata.namespace!));
  const reaching = [...(clusterwide?.values() ?? [])]
    .filter((policy) => rulesOf(policy).some((rules) => allows(rules) && mayReach(rules, isolated)))
    .map((policy) => ({ kind: "CiliumClusterwideNetworkPolicy", policy }));
  for (const { kind, policy } of [...foreign, ...reaching])
    problems.push(
      `${kind} ${namespacedName(policy)} is not of the settings and allows more; say what it is for in network.flows, or let it only deny`,
    );

  problems.push(...(await unreachableDns(target)));

  const count = wanted.NetworkPolicy.size + wanted.CiliumNetworkPolicy.size;
  const where = isolated.length > 0 ? `${isolated.join(", ")} and ` : "";
  if (problems.length > 0) return failed(problems.join("; "));
  if (unknown > 0) {
    const evidence = `the cluster knows no CiliumNetworkPolicies, of which the settings have ${unknown}`;
    return target.simulatedPods || target.recorded.has("cilium") ? unchecked(evidence) : failed(evidence);
  }
  return judged([], `${count} policies in ${where}${systemNamespace} are as the settings have them`);
}

/** Whether a rule lets anything through. To a standard policy an empty rule means everybody, to Cilium nobody. */
function allows(spec: { ingress?: unknown[]; egress?: unknown[] } | CiliumRules): boolean {
  const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])];
  const isCilium = "endpointSelector" in spec;
  return rules.some((rule) => !isCilium || Object.keys(rule as object).length > 0);
}

function rulesOf({ spec, specs = [] }: CiliumPolicy): CiliumRules[] {
  return [...(spec ? [spec] : []), ...specs];
}

/** Labels by which Cilium knows the namespace of a pod, however the source of the label is written. */
const namespaceLabels =
  /^(k8s[:.]|any[:.])?(io\.kubernetes\.pod\.namespace|io\.cilium\.k8s\.namespace\.labels\.kubernetes\.io\/metadata\.name)$/;

/** Whether rules for the whole cluster may select pods of the namespaces; a selector that names others does not. */
function mayReach({ endpointSelector }: CiliumRules, namespaces: readonly string[]): boolean {
  // Rules with a nodeSelector are about the nodes themselves.
  if (!endpointSelector) return false;
  const { matchLabels = {}, matchExpressions = [] } = endpointSelector;
  const named = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: "In", values: [value] })),
    ...matchExpressions,
  ].filter(({ key }) => namespaceLabels.test(key));
  return namespaces.some((namespace) =>
    selects({ matchExpressions: named }, Object.fromEntries(named.map(({ key }) => [key, namespace]))),
  );
}
