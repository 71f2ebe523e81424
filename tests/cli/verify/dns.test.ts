import { named, workload } from "./fakeTarget.js";
import { type Case, claims, daemonSets } from "./addonClaims.js";
import { apps, count, live, liveWith } from "./pairs/networkIsolation.js";

const asSettings = `${count} policies in apps and kube-system are as the settings have them`;

claims("Network isolation", "Each isolated namespace denies by default", [
  [
    "but pods ask the nodes for DNS",
    { ...live, [`${daemonSets("kube-system")}/node-local-dns`]: workload("node-local-dns") },
    "failed",
    "kube-system/node-local-dns answers DNS on the nodes, which isolated pods may not ask; set network.nodeLocalDns: true",
    apps,
  ],
  ...(
    [
      ["and DNS is asked of kube-dns", { "k8s-app": "kube-dns", tier: "dns" }, {}, true],
      ["and DNS is asked of no pods", {}, {}, true],
      [
        "and DNS is asked of pods that the settings name",
        { app: "coredns" },
        { labels: { app: "coredns" } },
        true,
      ],
      ["but DNS is asked of other pods", { app: "coredns" }, {}, false],
      [
        "but DNS is asked of pods elsewhere",
        { app: "coredns" },
        { namespace: "dns", labels: { app: "coredns" } },
        false,
      ],
      [
        "but DNS is asked of pods in place of addresses",
        { app: "coredns" },
        { addresses: ["198.51.100.53"] },
        false,
      ],
    ] as const
  ).map(([name, selector, dns, proved]): Case => [
    name,
    {
      ...liveWith({ "network.dns": dns }),
      "/api/v1/namespaces/kube-system/services/kube-dns": named(
        "kube-dns",
        { spec: { selector } },
        "kube-system",
      ),
    },
    proved ? "proved" : "failed",
    proved
      ? asSettings
      : "the Service kube-system/kube-dns selects pods with app: coredns, which isolated pods may not ask; set network.dns: { labels: { app: coredns } }",
    { settings: { ...apps.settings, "network.dns": dns } },
  ]),
  ...kubelets(),
]);

/** What the kubelets are told, next to kubeadm's own Service kube-dns and one elsewhere. */
function kubelets(): Case[] {
  const own =
    "the Service kube-system/kube-dns selects pods with k8s-app: kube-dns, which isolated pods may not ask; ";
  const elsewhere = { namespace: "dns", labels: { app: "coredns" } };
  const outside = { addresses: ["198.51.100.53"] };
  const given: [name: string, clusterDNS: string, set: Record<string, unknown>, says?: string][] = [
    ["pods elsewhere, as the settings say", "[10.96.0.53]", { "network.dns": elsewhere }],
    [
      "pods elsewhere",
      "[10.96.0.53]",
      {},
      "the Service dns/coredns selects pods with app: coredns, which isolated pods may not ask; " +
        "set network.dns: { namespace: dns, labels: { app: coredns } }",
    ],
    [
      "kube-dns, though the settings name other pods",
      "[10.96.0.10]",
      { "network.dns": elsewhere },
      `${own}set network.dns: { labels: { k8s-app: kube-dns } }`,
    ],
    ["kube-dns", "[10.96.0.10]", {}],
    ["a server outside, as the settings say", "[198.51.100.53]", { "network.dns": outside }],
    [
      "a server outside",
      "[10.96.0.10, 198.51.100.53]",
      {},
      "kubelets send pods to 198.51.100.53 for DNS, which isolated pods may not ask; set network.dns: { addresses: [198.51.100.53] }",
    ],
    ["the nodes, as the settings say", "[169.254.20.10]", { "network.nodeLocalDns": true }],
    [
      "the nodes",
      "[169.254.20.10]",
      {},
      "kubelets send pods to 169.254.20.10 for DNS, which isolated pods may not ask; set network.nodeLocalDns: true",
    ],
    [
      "a node by its own address",
      "[192.0.2.10]",
      {},
      "kubelets send pods to 192.0.2.10 for DNS, which isolated pods may not ask; set network.nodeLocalDns: true",
    ],
    ["an address where nobody answers", "[10.96.0.99]", {}],
    [
      "what cannot be read",
      "[",
      { "network.dns": elsewhere },
      `${own}set network.dns: { labels: { k8s-app: kube-dns } }`,
    ],
  ];
  const service = (namespace: string, name: string, clusterIP: string, selector: Record<string, string>) =>
    named(name, { spec: { selector, clusterIP, clusterIPs: [clusterIP] } }, namespace);
  const kubeDns = service("kube-system", "kube-dns", "10.96.0.10", { "k8s-app": "kube-dns" });
  return given.map(([name, clusterDNS, set, says]): Case => {
    const settings = { ...apps.settings, ...set };
    const policies = liveWith(set);
    return [
      `kubelets send pods to ${name}`,
      {
        ...policies,
        "/api/v1/namespaces/kube-system/configmaps/kubelet-config": named("kubelet-config", {
          data: { kubelet: `kind: KubeletConfiguration\nclusterDNS: ${clusterDNS}\n` },
        }),
        "/api/v1/namespaces/kube-system/services/kube-dns": kubeDns,
        "/api/v1/services": [kubeDns, service("dns", "coredns", "10.96.0.53", { app: "coredns" })],
      },
      says === undefined ? "proved" : "failed",
      says ?? / policies in apps and kube-system are as the settings have them$/,
      { settings },
    ];
  });
}
