import { named } from "./fakeTarget.js";
import { type Case, claims, recorded, recordedEvidence, simulated, withoutDrill } from "./addonClaims.js";
import { march, enforcing, watchingEvidence, enforcedEvidence, watching, agents } from "./ciliumAnswers.js";
import {
  apps,
  ciliumPath,
  clusterwidePath,
  count,
  everybody,
  live,
  notIsolated,
  objects,
  standardPath,
} from "./pairs/networkIsolation.js";

const asSettings = `${count} policies in apps and kube-system are as the settings have them`;
/** The policies with one more, or with one changed or taken away. */
const plus = (path: string, spec: object, namespace: string | undefined = "apps") => ({
  ...live,
  [path]: [...live[path]!, named("more", { spec }, namespace)],
});
const changedOne = (path: string, name: string, change: (object: any) => object | undefined) => ({
  ...live,
  [path]: live[path]!.flatMap((object: any) =>
    object.metadata.name === name && object.metadata.namespace === "apps" ? (change(object) ?? []) : object,
  ),
});
const more = (kind: string, name = "apps/more") =>
  `${kind} ${name} is not of the settings and allows more; say what it is for in network.flows, or let it only deny`;
const world = [{ toEntities: ["world"] }];
const inNamespace = (values: string[], operator = "In") => ({
  endpointSelector: {
    matchExpressions: [{ key: "k8s:io.kubernetes.pod.namespace", operator, values }],
  },
  egress: world,
});
const claim = "Each isolated namespace denies by default";
claims("Network isolation", claim, [
  ["it does", live, "proved", asSettings, apps],
  [
    "and others deny more",
    plus(standardPath, { podSelector: {}, policyTypes: ["Ingress"] }),
    "proved",
    asSettings,
    apps,
  ],
  ["and others allow more elsewhere", plus(standardPath, everybody, "elsewhere"), "proved", asSettings, apps],
  [
    "and others deny by Cilium",
    plus(ciliumPath, { endpointSelector: {}, ingress: [{}], egressDeny: world }),
    "proved",
    asSettings,
    apps,
  ],
  [
    "and others allow more to the whole cluster but it",
    plus(clusterwidePath, inNamespace(["elsewhere"]), undefined),
    "proved",
    asSettings,
    apps,
  ],
  ["one next to it lets everybody in", plus(standardPath, everybody), "failed", more("NetworkPolicy"), apps],
  [
    "one next to it lets pods out by Cilium",
    plus(ciliumPath, { endpointSelector: {}, egress: world }),
    "failed",
    more("CiliumNetworkPolicy"),
    apps,
  ],
  ...(
    [
      ["one of the whole cluster reaches it", { endpointSelector: {}, egress: world }],
      ["one of the whole cluster names it", inNamespace(["elsewhere", "apps"])],
      ["one of the whole cluster names others it leaves out", inNamespace(["elsewhere"], "NotIn")],
    ] as const
  ).map(([name, spec]): Case => [
    name,
    { ...live, [clusterwidePath]: [{ metadata: { name: "wide" }, spec }] },
    "failed",
    more("CiliumClusterwideNetworkPolicy", "wide"),
    apps,
  ]),
  [
    "it no longer denies",
    changedOne(standardPath, "default-deny", () => undefined),
    "failed",
    "there is no NetworkPolicy apps/default-deny",
    apps,
  ],
  ...(
    [
      ["in one direction only", { policyTypes: ["Ingress"] }],
      ["for some pods only", { podSelector: { matchLabels: { a: "b" } } }],
      ["but for everybody", { ingress: [{}] }],
    ] as const
  ).map(([name, spec]): Case => [
    name,
    changedOne(standardPath, "default-deny", (object) => ({
      ...object,
      spec: { ...object.spec, ...spec },
    })),
    "failed",
    "NetworkPolicy apps/default-deny is not as the settings have it; pulumi up --refresh brings it back",
    apps,
  ]),
  [
    "one of Cilium's is gone",
    {
      ...live,
      [ciliumPath]: objects(["cilium"]).filter((object: any) => object.metadata.namespace !== "apps"),
    },
    "failed",
    "there is no CiliumNetworkPolicy apps/all-pods",
    apps,
  ],
  [
    "nobody brought its kind",
    { [standardPath]: live[standardPath]! },
    "failed",
    /^the cluster knows no CiliumNetworkPolicies, of which the settings have \d+$/,
    apps,
  ],
  [
    "nobody could bring its kind",
    { [standardPath]: live[standardPath]! },
    "unchecked",
    /^the cluster knows no CiliumNetworkPolicies/,
    { ...apps, ...simulated },
  ],
  [
    "there are no policies",
    {},
    "failed",
    "the pods of apps may talk to anybody; the pods of this stack in kube-system may talk to anybody",
    apps,
  ],
]);
const pods = (...namespaces: string[]) => ({
  // Of kube-system alone, as Cilium's own are asked for.
  ...agents(2, march),
  "/api/v1/pods": namespaces.map((namespace) => named("p", {}, namespace)),
});
const unknown = "apps have policies, but it is not known whether they are enforced: ";
claims("Network isolation", "Traffic must be explicitly allowed", [
  [
    "it must",
    { ...live, ...enforcing, ...pods("apps", "apps", "kube-system") },
    "proved",
    `${asSettings}, and enforced: ${enforcedEvidence}`,
    apps,
  ],
  [
    "but for namespaces that are not listed",
    { ...live, ...enforcing, ...pods("apps", "traefik", "argocd") },
    "proved",
    `${asSettings}, and enforced: ${enforcedEvidence}; not in network.isolated, so open: argocd, traefik`,
    apps,
  ],
  [
    "another one allows everything",
    { ...plus(standardPath, everybody), ...enforcing },
    "failed",
    "the policies are not those of the settings",
    apps,
  ],
  ["nothing is there", enforcing, "failed", "the policies are not those of the settings", apps],
  [
    "nowhere, as the settings say",
    { ...live, ...enforcing, ...pods("apps") },
    "unchecked",
    "no namespace is isolated; not in network.isolated, so open: apps",
    { settings: { ...withoutDrill, "network.notIsolated": notIsolated } },
  ],
  [
    "not yet: Cilium only watches",
    { ...live, ...watching, ...pods("apps") },
    "unchecked",
    `apps have policies, but nothing enforces them: ${watchingEvidence("though the settings say network.enforcement enforce")}`,
    apps,
  ],
  [
    "who would enforce it is recorded",
    live,
    "unchecked",
    `${unknown}${recordedEvidence("cilium")}`,
    { ...apps, ...recorded("cilium") },
  ],
  [
    "nobody is there to enforce it",
    live,
    "unchecked",
    "apps have policies, but nothing enforces them: there is no ConfigMap kube-system/cilium-config",
    apps,
  ],
  [
    "no pod really runs",
    { ...live, ...enforcing, ...pods("apps") },
    "unchecked",
    /^apps have policies, but it is not known whether they are enforced: enable-policy default: no pod really runs/,
    { ...apps, ...simulated },
  ],
]);
