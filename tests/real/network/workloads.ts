import type { Flow, Peer, Pods } from "../../../components/network/isolation/flow.js";
import type { Values } from "../../../cli/plan/providers/standIn.js";
import { ownFlows } from "../../../stacks/settings/derived/flows.js";
import { knownServices } from "../../../stacks/settings/derived/services.js";
import type { Rendered } from "./charts.js";
import { settingsIn } from "./policies.js";

export const settings = settingsIn("lab");
export const flows = ownFlows(settings);
export const known = knownServices(settings);

/** What of a pod template policies can see. */
export interface Workload {
  title: string;
  namespace: string;
  labels: Record<string, string>;
  serviceAccount: string;
  containers: Values[];
  spec: Values;
}

export function workloadsOf({ namespace, objects }: Rendered): Workload[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    const template = (spec?.jobTemplate?.spec?.template ?? spec?.template) as Values | undefined;
    // Pods in the node's network are the node to every policy.
    if (!template?.["spec"]?.containers || template["spec"].hostNetwork) return [];
    return [
      {
        title: `${kind} ${metadata.name}`,
        namespace: (metadata.namespace as string | undefined) ?? namespace,
        labels: (template["metadata"]?.labels ?? {}) as Record<string, string>,
        serviceAccount: (template["spec"].serviceAccountName as string | undefined) ?? "default",
        containers: template["spec"].containers as Values[],
        spec: template["spec"] as Values,
      },
    ];
  });
}

export const has = (labels: Record<string, string>, wanted: Record<string, string> = {}) =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** Whether the end of a flow means that workload's pods. */
export function means(peer: Peer, { namespace, labels, serviceAccount }: Workload): peer is Pods {
  return (
    peer.kind === "pods" &&
    peer.namespace === namespace &&
    has(labels, peer.labels) &&
    (peer.serviceAccount ?? serviceAccount) === serviceAccount
  );
}

/** The number of a pod's port that a Service's target port or a monitor names. */
export function numberOf(target: string | number, { containers }: Workload): number | undefined {
  if (typeof target === "number") return target;
  const ports = containers.flatMap(({ ports }) => (ports ?? []) as Values[]);
  return ports.find(({ name }) => name === target)?.["containerPort"] as number | undefined;
}

export function isAllowed(from: (peer: Peer) => boolean, workload: Workload, port: number): boolean {
  return flows.some(
    (flow: Flow) =>
      from(flow.from) && means(flow.to, workload) && flow.ports.some(({ number }) => number === port),
  );
}

/** The chart that pods and Services of a name come from; undefined for those that are not this program's. */
export function chartOf(namespace: string, name: string): string | undefined {
  if (name === "kube-dns") return undefined;
  if (name.endsWith("reloader")) return "reloader";
  if (namespace === "kube-system") return name.includes("sealed-secrets") ? "sealed-secrets" : "cilium";
  return namespace === "audit-logs" ? "alloy" : namespace;
}

export function selects(
  { matchLabels = {}, matchExpressions = [] }: Values,
  labels: Record<string, string>,
): boolean {
  return (
    has(labels, matchLabels as Record<string, string>) &&
    (matchExpressions as Values[]).every(
      ({ key, operator, values }) =>
        operator === "In" && (values as string[]).includes(labels[key as string] ?? ""),
    )
  );
}

/** Objects of one kind, with the namespace they are in. */
export const everyOf = (charts: readonly Rendered[], kind: string) =>
  charts.flatMap(({ namespace, objects }) =>
    objects
      .filter((object) => object["kind"] === kind)
      .map((object) => ({
        namespace: (object["metadata"].namespace as string | undefined) ?? namespace,
        object,
      })),
  );

/** How many endpoints with metrics the pods of a chart have. Most of Cilium's are in the network of the node. */
export const endpoints: Record<string, number> = {
  "cert-manager": 3,
  harbor: 4,
  "sealed-secrets": 1,
  velero: 2,
};
