import type { INetworkPolicySpec } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec";
import type {
  CiliumEgressRule,
  CiliumIngressRule,
  CiliumNetworkPolicySpec,
  CiliumPortRule,
} from "./ciliumNetworkPolicy.js";
import { isDns, type Flow, type Peer, type Pods } from "./flow.js";
import { ciliumSource, ciliumTarget, isStandard, selectorOf, standardPeers, standardPorts } from "./peers.js";

/**
 * Whether policies bind. In audit mode Cilium reports what it would have dropped and drops nothing. That is for layers 3
 * and 4 alone: its proxy would go on refusing requests (https://docs.cilium.io/en/stable/security/policy-creation/), so
 * HTTP rules are left out then. The DNS rule refuses no name and stays: without it no host that is allowed by name would
 * ever be recognised, and every connection to one reported.
 */
export type Enforcement = "enforce" | "audit";

/** Policies of one namespace, by name. */
export interface Policies {
  standard: Map<string, INetworkPolicySpec>;
  cilium: Map<string, CiliumNetworkPolicySpec>;
  /** Sentences of the settings that a policy is made from, in order, by its name; none for what add-ons need. */
  sentences: Record<"standard" | "cilium", Map<string, string[]>>;
}

/** Policies of one namespace, with those that deny. */
export interface IsolatingPolicies extends Policies {
  /** Standard policies that allow nothing, by name. */
  denying: Map<string, INetworkPolicySpec>;
}

/** Name of the policy that selects every pod and allows nothing. */
export const defaultDeny = "default-deny";
const allPods = "all-pods";

/**
 * Policies that allow the flows which begin or end in the namespace, and nothing else: one for each group of pods, and a
 * second one for what only Cilium can say, which does not deny by itself: what else may be is for standard policies, and
 * for the one that denies by default.
 *
 * @param flows Those of other namespaces are passed over.
 * @param isSubject Which pods policies may select. A policy denies whatever it does not allow, so it must never select
 *   pods whose flows are not all known. Default: every pod of the namespace.
 */
export function policiesOf(
  namespace: string,
  flows: readonly Flow[],
  enforcement: Enforcement,
  isSubject: (pods: Pods) => boolean = () => true,
): Policies {
  const groups = new Groups();
  const isOurs = (peer: Peer): peer is Pods =>
    peer.kind === "pods" && peer.namespace === namespace && isSubject(peer);
  // Where a host is allowed by name, Cilium has to see the answers that name its addresses.
  const named = flows.some(({ from, to }) => to.kind === "hosts" && isOurs(from));
  for (const flow of flows) {
    const { from, to } = flow;
    if (isOurs(to)) {
      // Two policies of which one asks for no more than the port would let every request through.
      const http = enforcement === "enforce" ? flow.http : undefined;
      if (!http && isStandard(to) && isStandard(from)) {
        const group = groups.standard(to, flow);
        group.ingress.add({ from: standardPeers(from), ports: standardPorts(flow) });
      } else {
        const group = groups.cilium(to, flow);
        group.ingress.add({ ...ciliumSource(from), toPorts: [portRule(flow, http && { http })] });
      }
    }
    if (isOurs(from)) {
      const standard = isStandard(from) && isStandard(to);
      if (standard) {
        groups.standard(from, flow).egress.add({ to: standardPeers(to), ports: standardPorts(flow) });
      }
      // DNS stays in the standard policy as well, so that the first host by name moves it nowhere; of two rules for one
      // port the redirect to Cilium's proxy wins (Merge in pkg/policy/types/entry.go of https://github.com/cilium/cilium).
      const dns = named && isDns(flow) ? { dns: [{ matchPattern: "*" }] } : undefined;
      if (!standard || dns) {
        groups.cilium(from, flow).egress.add({ ...ciliumTarget(to), toPorts: [portRule(flow, dns)] });
      }
    }
  }
  return groups.policies();
}

/** Selects every pod, in both directions, and allows nothing. */
export const defaultDenySpec: INetworkPolicySpec = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

/** Selects the pods alone, in both directions, and allows nothing. */
export function denySpec({ labels }: Pods): INetworkPolicySpec {
  return { podSelector: { matchLabels: labels ?? {} }, policyTypes: ["Ingress", "Egress"] };
}

function portRule({ ports }: Flow, rules: CiliumPortRule["rules"]): CiliumPortRule {
  return {
    ports: ports.map(({ number, protocol }) => ({ port: String(number), protocol })),
    ...(rules ? { rules } : {}),
  };
}

/** Rules, each once, in an order that does not depend on that of the flows. */
class Rules<Rule> {
  private readonly byText = new Map<string, Rule>();

  add(rule: Rule): void {
    this.byText.set(JSON.stringify(rule), rule);
  }

  list(): Rule[] {
    return [...this.byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule);
  }
}

interface Group<Ingress, Egress> {
  pods: Pods;
  sentences: Set<string>;
  ingress: Rules<Ingress>;
  egress: Rules<Egress>;
}

type StandardGroup = Group<
  NonNullable<INetworkPolicySpec["ingress"]>[number],
  NonNullable<INetworkPolicySpec["egress"]>[number]
>;
type CiliumGroup = Group<CiliumIngressRule, CiliumEgressRule>;

/** What is allowed, by the pods that it is allowed to. */
class Groups {
  private readonly standards = new Map<string, StandardGroup>();
  private readonly ciliums = new Map<string, CiliumGroup>();

  standard = (pods: Pods, flow: Flow): StandardGroup => group(this.standards, pods, flow);
  cilium = (pods: Pods, flow: Flow): CiliumGroup => group(this.ciliums, pods, flow);

  policies(): Policies {
    const standard = new Map<string, INetworkPolicySpec>();
    for (const [name, { pods, ingress, egress }] of sorted(this.standards)) {
      const [into, outOf] = [ingress.list(), egress.list()];
      standard.set(name, {
        podSelector: pods.labels ? { matchLabels: pods.labels } : {},
        policyTypes: [
          ...(into.length ? ["Ingress" as const] : []),
          ...(outOf.length ? ["Egress" as const] : []),
        ],
        ...(into.length ? { ingress: into } : {}),
        ...(outOf.length ? { egress: outOf } : {}),
      });
    }
    const cilium = new Map<string, CiliumNetworkPolicySpec>();
    for (const [name, { pods, ingress, egress }] of sorted(this.ciliums)) {
      const [into, outOf] = [ingress.list(), egress.list()];
      cilium.set(name, {
        endpointSelector: selectorOf(pods, false),
        // It only adds to what standard policies allow: whatever comes of those, this one cuts nothing off.
        enableDefaultDeny: { ingress: false, egress: false },
        // Cilium refuses a policy whose lists are empty.
        ...(into.length ? { ingress: into } : {}),
        ...(outOf.length ? { egress: outOf } : {}),
      });
    }
    const sentences = { standard: sentencesOf(this.standards), cilium: sentencesOf(this.ciliums) };
    return { standard, cilium, sentences };
  }
}

function group<Ingress, Egress>(
  groups: Map<string, Group<Ingress, Egress>>,
  pods: Pods,
  { sentence }: Flow,
): Group<Ingress, Egress> {
  const name = pods.name ?? allPods;
  const found = groups.get(name) ?? {
    pods,
    sentences: new Set(),
    ingress: new Rules<Ingress>(),
    egress: new Rules<Egress>(),
  };
  if (textOf(found.pods) !== textOf(pods)) {
    throw new Error(
      `"${name}" of ${pods.namespace} means ${textOf(found.pods)}, and ${textOf(pods)} as well`,
    );
  }
  if (sentence !== undefined) found.sentences.add(sentence);
  groups.set(name, found);
  return found;
}

function sentencesOf(groups: Map<string, { sentences: Set<string> }>): Map<string, string[]> {
  return new Map(sorted(groups).map(([name, { sentences }]) => [name, [...sentences].sort()]));
}

function textOf({ labels = {}, serviceAccount }: Pods): string {
  return JSON.stringify([Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)), serviceAccount]);
}

function sorted<T>(groups: Map<string, T>): [string, T][] {
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}
