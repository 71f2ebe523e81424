import type { Manifest } from "../../../cli/reach/policies.js";

type Spec = NonNullable<Manifest["spec"]>;

export function standard(namespace: string, name: string, spec: Spec): Manifest {
  return { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name, namespace }, spec };
}

export function cilium(namespace: string, name: string, spec: Spec): Manifest {
  return { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name, namespace }, spec };
}

export const deny = (namespace: string): Manifest =>
  standard(namespace, "default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });

export const inNamespace = (name: string, labels?: Record<string, string>): object => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
  ...(labels ? { podSelector: { matchLabels: labels } } : {}),
});

export const tcp = (...ports: (number | string)[]): object[] =>
  ports.map((port) => ({ port, protocol: "TCP" }));

/** A shop whose web pods reach its database, a host by name and the internet, and which the gateway reaches. */
export const shop: Manifest[] = [
  deny("shop"),
  standard("shop", "web", {
    podSelector: { matchLabels: { app: "web", tier: "front" } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [inNamespace("gateway")], ports: tcp(8080) }],
    egress: [
      { to: [inNamespace("shop", { app: "db" })], ports: tcp(5432) },
      {
        to: [{ ipBlock: { cidr: "203.0.113.0/24" } }, { ipBlock: { cidr: "2001:db8::/32" } }],
        ports: tcp(443),
      },
    ],
  }),
  standard("shop", "database", {
    podSelector: { matchLabels: { app: "db" } },
    policyTypes: ["Ingress"],
    ingress: [{ from: [inNamespace("shop", { app: "web", tier: "front" })], ports: tcp(5432) }],
  }),
  standard("shop", "all-pods", {
    podSelector: {},
    policyTypes: ["Egress"],
    egress: [
      {
        to: [inNamespace("kube-system", { "k8s-app": "kube-dns" })],
        ports: [...tcp(53), { port: 53, protocol: "UDP" }],
      },
    ],
  }),
  cilium("shop", "web", {
    endpointSelector: { matchLabels: { "k8s:app": "web", "k8s:tier": "front" } },
    egress: [
      {
        toFQDNs: [{ matchName: "pay.example.com" }],
        toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }],
      },
    ],
  }),
];
