import { isMap } from "../plan/providers/values.js";
import type { PodGroup } from "./podGroups.js";
import { qualifiedName, type NamedCiliumPolicy } from "./policies.js";
import { portName } from "./ports.js";
import type { ListedRule } from "./listedRule.js";

type RuleFields = Record<string, unknown>;

interface CiliumPort {
  port: string;
  endPort?: number;
  protocol?: string;
}

/** Labels that Cilium adds to pods: https://docs.cilium.io/en/stable/network/kubernetes/policy/ */
const podNamespace = "io.kubernetes.pod.namespace";
const serviceAccount = "io.cilium.k8s.policy.serviceaccount";

/** The lists of rules in a policy. */
const lists = [
  { list: "ingress", side: "from", kind: "allows" },
  { list: "ingressDeny", side: "from", kind: "denies" },
  { list: "egress", side: "to", kind: "allows" },
  { list: "egressDeny", side: "to", kind: "denies" },
] as const;

/** Rules of a Cilium policy as they are written; what is not known here is shown in full. */
export function ciliumRules(
  { name, namespace, spec }: NamedCiliumPolicy,
  nameOf: (podGroup: PodGroup) => string,
): ListedRule[] {
  const policy = qualifiedName({ name, namespace });
  const subject = selected(spec["endpointSelector"] ?? spec["nodeSelector"], namespace, nameOf);
  return lists.flatMap(({ list, side, kind }) =>
    mapsIn(spec[list]).flatMap((rule) =>
      peersOf(rule, side, namespace, nameOf).flatMap((peer) =>
        portsOf(rule).map(({ ports, requests }) => ({
          policy,
          kind,
          ...(side === "from"
            ? { subject: "to" as const, from: peer, to: subject }
            : { subject: "from" as const, from: subject, to: peer }),
          ports,
          requests,
        })),
      ),
    ),
  );
}

/** The pods that a Cilium policy names by namespace and labels alone. */
export function ciliumEnds({ namespace, spec }: NamedCiliumPolicy): PodGroup[] {
  const selectors = [
    spec["endpointSelector"],
    ...lists.flatMap(({ list, side }) =>
      mapsIn(spec[list]).flatMap((rule) => mapsIn(rule[`${side}Endpoints`])),
    ),
  ];
  return selectors.flatMap((selector) => {
    const end = endOf(selector, namespace);
    return end && end.serviceAccount === undefined ? [end.podGroup] : [];
  });
}

/** Who a rule lets in or out to. Without any such field it is everybody. */
function peersOf(
  rule: RuleFields,
  side: "from" | "to",
  home: string | undefined,
  nameOf: (podGroup: PodGroup) => string,
): string[] {
  const fields = Object.keys(rule).filter(
    (key) => key.startsWith(side) && key !== "toPorts" && key !== "fromPorts",
  );
  if (fields.length === 0) return ["anybody"];
  return fields.flatMap((field) => {
    const values = rule[field] as unknown[];
    switch (field.slice(side.length)) {
      case "Endpoints":
        return values.map((selector) => selected(selector, home, nameOf));
      case "Entities":
        return [entities(values as string[])];
      case "FQDNs":
        return (values as RuleFields[]).map((host) => String(host["matchName"] ?? host["matchPattern"]));
      case "CIDR":
        return values as string[];
      case "CIDRSet":
        return [cidrs(values as { cidr?: string; except?: string[] }[])];
      default:
        return [`${field} ${JSON.stringify(values)}`];
    }
  });
}

function entities(names: readonly string[]): string {
  const nodes = ["host", "remote-node"];
  const areNodes = nodes.every((name) => names.includes(name));
  const others = names.filter((name) => !areNodes || !nodes.includes(name));
  return [...(areNodes ? ["nodes"] : []), ...others].sort().join(", ");
}

function cidrs(sets: readonly { cidr?: string; except?: string[] }[]): string {
  return sets
    .map((set) => {
      const but = set.except?.length ? ` but ${set.except.join(", ")}` : "";
      return `${set.cidr ?? JSON.stringify(set)}${but}`;
    })
    .join("; ");
}

function portsOf(rule: RuleFields): { ports: string[]; requests: string[] }[] {
  if (rule["icmps"]) return [{ ports: [`ICMP ${JSON.stringify(rule["icmps"])}`], requests: [] }];
  const groups = mapsIn(rule["toPorts"]);
  if (groups.length === 0) return [{ ports: [], requests: [] }];
  return groups.map((group) => ({
    ports: (mapsIn(group["ports"]) as unknown as CiliumPort[])
      .sort(tcpFirst)
      .map(({ port, endPort, protocol = "ANY" }) => portName(protocol, port, endPort)),
    requests: isMap(group["rules"]) ? requestsOf(group["rules"]) : [],
  }));
}

function tcpFirst(a: CiliumPort, b: CiliumPort): number {
  return Number(b.protocol === "TCP") - Number(a.protocol === "TCP");
}

function requestsOf(rules: RuleFields): string[] {
  return Object.entries(rules).flatMap(([protocol, list]) =>
    mapsIn(list).map((request) => {
      const { method, path, matchName, matchPattern, ...others } = request;
      const known = [method, path, matchName, matchPattern].filter((value) => value !== undefined);
      const rest = Object.keys(others).length > 0 ? [JSON.stringify(others)] : [];
      return [protocol.toUpperCase(), ...known.map(String), ...rest].join(" ");
    }),
  );
}

function selected(
  selector: unknown,
  home: string | undefined,
  nameOf: (podGroup: PodGroup) => string,
): string {
  const end = endOf(selector, home);
  if (!end)
    return isMap(selector) && Object.keys(selector).length > 0 ? JSON.stringify(selector) : "every pod";
  const name = nameOf(end.podGroup);
  return end.serviceAccount === undefined ? name : `${name} as ${end.serviceAccount}`;
}

/** The pods a selector means; undefined where more than namespace, labels and ServiceAccount decides. */
function endOf(
  selector: unknown,
  home: string | undefined,
): { podGroup: PodGroup; serviceAccount?: string } | undefined {
  if (!isMap(selector) || selector["matchExpressions"] !== undefined) return undefined;
  const matchLabels = Object.fromEntries(
    Object.entries((selector["matchLabels"] ?? {}) as Record<string, string>).map(([key, value]) => [
      key.replace(/^(k8s|any)[:.]/, ""),
      value,
    ]),
  );
  const { [podNamespace]: namespace = home, [serviceAccount]: account, ...labels } = matchLabels;
  if (namespace === undefined || Object.keys(labels).some((key) => /^(io\.cilium|reserved)[.:]/.test(key))) {
    return undefined;
  }
  return { podGroup: { namespace, labels }, serviceAccount: account };
}

function mapsIn(list: unknown): RuleFields[] {
  return Array.isArray(list) ? list.filter(isMap) : [];
}
