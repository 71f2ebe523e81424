import { container, good, pod, type Manifest } from "./admissionCases.js";

const object = (apiVersion: string, kind: string, body: object, metadata: object = {}): Manifest => ({
  ...{ apiVersion, kind },
  metadata: { name: "test", namespace: "apps", ...metadata },
  ...body,
});
export const policy = (spec: object, namespace = "apps"): Manifest =>
  object("networking.k8s.io/v1", "NetworkPolicy", { spec: { podSelector: {}, ...spec } }, { namespace });
export const ciliumPolicy = (body: object, kind = "CiliumNetworkPolicy"): Manifest =>
  object("cilium.io/v2", kind, body, kind.includes("wide") ? { namespace: undefined } : {});
const service = (spec: object, namespace = "apps"): Manifest =>
  object("v1", "Service", { spec: { selector: { a: "b" }, ports: [{ port: 80 }], ...spec } }, { namespace });
const slice = (address: string | undefined, addressType = "IPv4"): Manifest =>
  object("discovery.k8s.io/v1", "EndpointSlice", {
    addressType,
    endpoints: address && [{ addresses: [address] }],
  });
const endpoints = (ip: string, namespace = "apps"): Manifest =>
  object("v1", "Endpoints", { subsets: [{ addresses: [{ ip }], ports: [{ port: 6443 }] }] }, { namespace });
const sealed = (annotations: object, namespace = "apps"): Manifest =>
  object("bitnami.com/v1alpha1", "SealedSecret", { spec: { encryptedData: {} } }, { annotations, namespace });
export const sealingKey: Manifest = object(
  "v1",
  "Secret",
  { type: "Opaque", data: { a: "" } },
  { namespace: "kube-system", labels: { "sealedsecrets.bitnami.com/sealed-secrets-key": "active" } },
);
export const sealedKey: Manifest = object(
  "bitnami.com/v1alpha1",
  "SealedSecret",
  {
    spec: {
      encryptedData: {},
      template: { metadata: { labels: { "sealedsecrets.bitnami.com/sealed-secrets-key": "active" } } },
    },
  },
  { namespace: "kube-system" },
);
const volume = (source: object) => pod({ volumes: [{ name: "v", ...source }] });
const scope = (name: string) => ({ [`sealedsecrets.bitnami.com/${name}`]: "true" });

const everything =
  "lets everything through, past what the settings say of apps; name peers and ports, or write the flow into network.flows";
const mounts =
  "mounts volumes by its node, past network policies: v; use a PersistentVolumeClaim; an administrator makes the PersistentVolume";
const priority = (name: string) =>
  `evicts pods of Kubernetes itself by its priority: ${name}; use a PriorityClass of your own, or none`;
const opens = (type: string) =>
  `opens a port of the nodes into apps, past its network policies: type ${type}; use ClusterIP and a route, or write a flow from outside (setting network.flows)`;
const apiServer = "is a name for the API server or a node; take spec.externalName out";
const node =
  "has the address of a node or the API server, or a name in place of an address; use a Service with a selector";

/** What opens an isolated namespace, and the reason it is refused with; none where it is let in. All asked by an administrator. */
export const openingCases: [name: string, manifest: Manifest, refusal?: string][] = [
  ["a policy for a port", policy({ ingress: [{ ports: [{ port: 80 }] }] })],
  ["a policy for some pods", policy({ egress: [{ to: [{ podSelector: {} }] }], policyTypes: ["Egress"] })],
  ["a policy that lets nothing in", policy({ policyTypes: ["Ingress"] })],
  [
    "a policy for the internet without networks of its own",
    policy({ egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }] }] }),
  ],
  ["a policy that lets everything in", policy({ ingress: [{}] }), everything],
  ["a policy that lets everything out", policy({ egress: [{}], policyTypes: ["Egress"] }), everything],
  [
    "a policy for every address",
    policy({ ingress: [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] }),
    everything,
  ],
  ["a policy for every port", policy({ ingress: [{ ports: [{ protocol: "TCP" }] }] }), everything],
  [
    "a policy for every port of a range",
    policy({ ingress: [{ ports: [{ port: 1, endPort: 65535 }] }] }),
    everything,
  ],
  [
    "a policy for every address, written otherwise",
    policy({ ingress: [{ from: [{ ipBlock: { cidr: "0:0::/0" } }] }] }),
    everything,
  ],
  [
    "every port for some pods",
    policy({ ingress: [{ from: [{ podSelector: {} }], ports: [{ protocol: "TCP" }] }] }),
  ],
  ["a policy that lets everything in, not isolated", policy({ ingress: [{}] }, "other")],
  [
    "a policy of Cilium for the API server",
    ciliumPolicy({ spec: { egress: [{ toEntities: ["kube-apiserver"] }] } }),
  ],
  [
    "a policy of Cilium for everybody",
    ciliumPolicy({ spec: { ingress: [{ fromEntities: ["all"] }] } }),
    everything,
  ],
  [
    "the same among several",
    ciliumPolicy({ specs: [{ ingress: [] }, { egress: [{ toEntities: ["all"] }] }] }),
    everything,
  ],
  ...(
    [
      ["a policy of Cilium for every port", { ports: [{ port: "0", protocol: "ANY" }] }, everything],
      [
        "a policy of Cilium for every port of a range",
        { ports: [{ port: "1", endPort: 65535 }] },
        everything,
      ],
      ["a policy of Cilium for a port", { ports: [{ port: "443", protocol: "TCP" }] }, undefined],
    ] as const
  ).map(([name, ports, refusal]): [string, Manifest, string?] => [
    name,
    ciliumPolicy({ spec: { egress: [{ toPorts: [ports] }] } }),
    refusal,
  ]),
  [
    "every port of Cilium for some pods",
    ciliumPolicy({ spec: { ingress: [{ fromEndpoints: [{}], toPorts: [{ ports: [{ port: "0" }] }] }] } }),
  ],

  ["a Service for pods", service({})],
  ["a Service with a port of the nodes", service({ type: "NodePort" }), opens("NodePort")],
  ["a Service with an address outside", service({ type: "LoadBalancer" }), opens("LoadBalancer")],
  ["a Service with an address outside, which the settings open", service({ type: "LoadBalancer" }, "velero")],
  ["a Service with a port of the nodes, not isolated", service({ type: "NodePort" }, "other")],
  [
    "a name for the API server",
    service({ type: "ExternalName", externalName: "kubernetes.default.svc.cluster.local" }),
    apiServer,
  ],
  [
    "a name that is the address of a node",
    service({ type: "ExternalName", externalName: "192.0.2.10" }),
    apiServer,
  ],
  ["addresses of the API server's Service", endpoints("10.96.0.1"), node],
  ["a slice with the address of the API server's Service", slice("10.96.0.1"), node],
  ["a name for a database", service({ type: "ExternalName", externalName: "db.example.com" })],
  ["addresses of a node", endpoints("192.0.2.10"), node],
  ["addresses of a database outside", endpoints("192.0.2.77")],
  ["a slice with the address of a node", slice("192.0.2.10"), node],
  ["a slice with another address", slice("192.0.2.77")],
  ["a slice with a name", slice("kubernetes.default.svc.cluster.local", "FQDN"), node],
  ["a slice without addresses", slice(undefined)],
  ["addresses of a node, not isolated", endpoints("192.0.2.10", "other")],

  ["a SealedSecret for its namespace", sealed({})],
  ["a SealedSecret for any name", sealed(scope("namespace-wide"))],
  [
    "a SealedSecret for every namespace",
    sealed(scope("cluster-wide")),
    "opens in every namespace: seal it for apps (kubeseal without --scope cluster-wide)",
  ],
  ["a SealedSecret for every namespace, not isolated", sealed(scope("cluster-wide"), "other")],
  ["a sealing key of an administrator", sealingKey],
  ["a SealedSecret of a sealing key, of an administrator", sealedKey],

  ["a volume of a claim", volume({ persistentVolumeClaim: { claimName: "v" } })],
  [
    "a volume of a claim of its own",
    volume({
      ephemeral: {
        volumeClaimTemplate: {
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      },
    }),
  ],
  ["a volume of NFS", volume({ nfs: { server: "192.0.2.10", path: "/" } }), mounts],
  [
    "a volume of iSCSI",
    volume({ iscsi: { targetPortal: "192.0.2.20", iqn: "iqn.2001-04.com.example:x", lun: 0 } }),
    mounts,
  ],
  [
    "the priority of the node's own pods",
    pod({ containers: [container(good)], priorityClassName: "system-node-critical" }),
    priority("system-node-critical"),
  ],
];
