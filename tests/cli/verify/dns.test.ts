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
]);
