import { systemNamespace } from "../../common/addOnNamespaces.js";

/** Pods of a namespace: all of them, or those with the labels, or those of the ServiceAccount. */
export interface Pods {
  kind: "pods";
  namespace: string;
  /** What policies call those pods; needed where not all pods of the namespace are meant. */
  name?: string;
  labels?: Record<string, string>;
  /** Only Cilium knows pods by it. */
  serviceAccount?: string;
}

/** Hosts of the internet by name; `*` in a name stands for one label, as Cilium's matchPattern has it. */
export interface Hosts {
  kind: "hosts";
  names: string[];
}

/** Networks or single addresses outside the cluster, in CIDR form. */
export interface Networks {
  kind: "networks";
  cidrs: string[];
}

/** Every public address. */
export interface Internet {
  kind: "internet";
}

/** The nodes themselves, and pods that share their network. */
export interface Nodes {
  kind: "nodes";
}

/** The Kubernetes API server. */
export interface ApiServer {
  kind: "kube-apiserver";
}

export type Peer = Pods | Hosts | Networks | Internet | Nodes | ApiServer;

export interface Port {
  /** Port of the pod, host or node: policies match those, never the port of a Service. */
  number: number;
  protocol: "TCP" | "UDP";
}

/** An HTTP request that is let through. */
export interface HttpRule {
  /** Method, such as GET. */
  method: string;
  /** Regular expression of the path, such as /v2/.* */
  path: string;
}

/** Traffic that is allowed: who may open connections to whom. */
export interface Flow {
  from: Peer;
  to: Peer;
  ports: Port[];
  /** Only these requests. Default: whatever is spoken on the port. */
  http?: HttpRule[];
  /** True: DNS, of servers that are not known by anything else than their addresses. Default: the target and port tell. */
  dns?: true;
  /** The sentence of the settings that asks for it. Default: none, an add-on needs it. */
  sentence?: string;
}

export const apiServer: ApiServer = { kind: "kube-apiserver" };
export const nodes: Nodes = { kind: "nodes" };
export const internet: Internet = { kind: "internet" };

/** Port of the API server's process: kubeadm's bindPort. Pods dial 443 of a Service, and arrive here. */
const apiServerPort = 6443;

export function tcp(...numbers: number[]): Port[] {
  return numbers.map((number) => ({ number, protocol: "TCP" }));
}

/** Pods behind a name of a namespace. */
export function pods(namespace: string, name: string, labels: Record<string, string>): Pods {
  return { kind: "pods", namespace, name, labels };
}

/** Pods of one ServiceAccount. */
export function podsAs(namespace: string, serviceAccount: string): Pods {
  return { kind: "pods", namespace, name: `service-account-${serviceAccount}`, serviceAccount };
}

/** The API server, for the pods of one ServiceAccount: nobody else needs it. */
export function toApiServer(namespace: string, serviceAccount: string): Flow {
  return { from: podsAs(namespace, serviceAccount), to: apiServer, ports: tcp(apiServerPort) };
}

const dnsPorts: Port[] = [
  { number: 53, protocol: "UDP" },
  { number: 53, protocol: "TCP" },
];

/** Where the cluster's DNS servers are: pods called kube-dns, or addresses outside the cluster. */
export type DnsServers = Pods | Networks;

/** DNS servers in pods with the labels. */
export function dnsPods(namespace: string, labels: Record<string, string>): Pods {
  return pods(namespace, "kube-dns", labels);
}

/** The DNS servers that kubeadm installs. */
export const kubeDns = {
  namespace: systemNamespace,
  labels: { "k8s-app": "kube-dns" },
} as const;

/**
 * DNS, asked of the cluster's own servers and nobody else.
 *
 * @param servers Default: those that kubeadm installs.
 */
export function toDns(from: Pods, servers?: DnsServers): Flow {
  const to = servers ?? dnsPods(kubeDns.namespace, kubeDns.labels);
  return { from, to, ports: dnsPorts, ...(to.kind === "networks" ? { dns: true as const } : {}) };
}

/**
 * DNS, asked of NodeLocal DNSCache, which listens on an address of the node
 * (https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/).
 */
export function toNodeLocalDns(from: Pods): Flow {
  return { from, to: nodes, ports: dnsPorts };
}

/** Whether it is DNS, asked of the cluster's own servers or of the nodes. */
export function isDns({ to, ports, dns }: Flow): boolean {
  const isServer = dns === true || to.kind === "nodes" || (to.kind === "pods" && to.name === "kube-dns");
  return isServer && ports.every(({ number }) => number === 53);
}

/** Namespaces of an end; none for what lies outside. */
export function namespacesOf({ from, to }: Pick<Flow, "from" | "to">): string[] {
  return [from, to].flatMap((peer) => (peer.kind === "pods" ? [peer.namespace] : []));
}

/** Flows by every namespace they begin or end in. */
export function byNamespace(flows: readonly Flow[]): Map<string, Flow[]> {
  const found = new Map<string, Flow[]>();
  for (const flow of flows) {
    for (const namespace of new Set(namespacesOf(flow))) {
      const list = found.get(namespace);
      if (list) list.push(flow);
      else found.set(namespace, [flow]);
    }
  }
  return found;
}
