import { named, workload } from "./fakeTarget.js";
import {
  type Cases,
  claims,
  recorded,
  daemonSets,
  recordedEvidence,
  simulated,
  withoutDrill,
} from "./addonClaims.js";
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
/** A cluster for each of the specifications, in which the claim fails with that evidence. */
const eachFails = (specs: Record<string, object>, cluster: (spec: object) => object, evidence: string) =>
  Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [`failed: ${name}`, [cluster(spec), evidence]]),
  ) as Cases;
const claim = "Each isolated namespace denies by default";
claims(
  "Network isolation",
  claim,
  {
    "proved: it does": [live, asSettings],
    "proved: and others deny more": [
      plus(standardPath, { podSelector: {}, policyTypes: ["Ingress"] }),
      asSettings,
    ],
    "failed: but pods ask the nodes for DNS": [
      { ...live, [`${daemonSets("kube-system")}/node-local-dns`]: workload("node-local-dns") },
      "kube-system/node-local-dns answers DNS on the nodes, which isolated pods may not ask; set network.nodeLocalDns: true",
    ],
    "proved: and others allow more elsewhere": [plus(standardPath, everybody, "elsewhere"), asSettings],
    "proved: and others deny by Cilium": [
      plus(ciliumPath, { endpointSelector: {}, ingress: [{}], egressDeny: world }),
      asSettings,
    ],
    "proved: and others allow more to the whole cluster but it": [
      plus(clusterwidePath, inNamespace(["elsewhere"]), undefined),
      asSettings,
    ],
    "failed: one next to it lets everybody in": [plus(standardPath, everybody), more("NetworkPolicy")],
    "failed: one next to it lets pods out by Cilium": [
      plus(ciliumPath, { endpointSelector: {}, egress: world }),
      more("CiliumNetworkPolicy"),
    ],
    ...eachFails(
      {
        "one of the whole cluster reaches it": { endpointSelector: {}, egress: world },
        "one of the whole cluster names it": inNamespace(["elsewhere", "apps"]),
        "one of the whole cluster names others it leaves out": inNamespace(["elsewhere"], "NotIn"),
      },
      (spec) => ({ ...live, [clusterwidePath]: [{ metadata: { name: "wide" }, spec }] }),
      more("CiliumClusterwideNetworkPolicy", "wide"),
    ),
    "failed: it no longer denies": [
      changedOne(standardPath, "default-deny", () => undefined),
      "there is no NetworkPolicy apps/default-deny",
    ],
    ...eachFails(
      {
        "in one direction only": { policyTypes: ["Ingress"] },
        "for some pods only": { podSelector: { matchLabels: { a: "b" } } },
        "but for everybody": { ingress: [{}] },
      },
      (spec) =>
        changedOne(standardPath, "default-deny", (object) => ({
          ...object,
          spec: { ...object.spec, ...spec },
        })),
      "NetworkPolicy apps/default-deny is not as the settings have it; pulumi up --refresh brings it back",
    ),
    "failed: one of Cilium's is gone": [
      {
        ...live,
        [ciliumPath]: objects(["cilium"]).filter((object: any) => object.metadata.namespace !== "apps"),
      },
      "there is no CiliumNetworkPolicy apps/all-pods",
    ],
    "failed: nobody brought its kind": [
      { [standardPath]: live[standardPath]! },
      /^the cluster knows no CiliumNetworkPolicies, of which the settings have \d+$/,
    ],
    "unchecked: nobody could bring its kind": [
      { [standardPath]: live[standardPath]! },
      /^the cluster knows no CiliumNetworkPolicies/,
      simulated,
    ],
    "failed: there are no policies": [
      {},
      "the pods of apps may talk to anybody; the pods of this stack in kube-system may talk to anybody",
    ],
  },
  apps,
);
const pods = (...namespaces: string[]) => ({
  // Of kube-system alone, as Cilium's own are asked for.
  ...agents(2, march),
  "/api/v1/pods": namespaces.map((namespace) => named("p", {}, namespace)),
});
const unknown = "apps have policies, but it is not known whether they are enforced: ";
claims(
  "Network isolation",
  "Traffic must be explicitly allowed",
  {
    "proved: it must": [
      { ...live, ...enforcing, ...pods("apps", "apps", "kube-system") },
      `${asSettings}, and enforced: ${enforcedEvidence}`,
    ],
    "proved: but for namespaces that are not listed": [
      { ...live, ...enforcing, ...pods("apps", "traefik", "argocd") },
      `${asSettings}, and enforced: ${enforcedEvidence}; not in network.isolated, so open: argocd, traefik`,
    ],
    "failed: another one allows everything": [
      { ...plus(standardPath, everybody), ...enforcing },
      "the policies are not those of the settings",
    ],
    "failed: nothing is there": [enforcing, "the policies are not those of the settings"],
    "unchecked: nowhere, as the settings say": [
      { ...live, ...enforcing, ...pods("apps") },
      "no namespace is isolated; not in network.isolated, so open: apps",
      { settings: { ...withoutDrill, "network.notIsolated": notIsolated } },
    ],
    "unchecked: not yet: Cilium only watches": [
      { ...live, ...watching, ...pods("apps") },
      `apps have policies, but nothing enforces them: ${watchingEvidence("though the settings say network.enforcement enforce")}`,
    ],
    "unchecked: who would enforce it is recorded": [
      live,
      `${unknown}${recordedEvidence("cilium")}`,
      recorded("cilium"),
    ],
    "unchecked: nobody is there to enforce it": [
      live,
      "apps have policies, but nothing enforces them: there is no ConfigMap kube-system/cilium-config",
    ],
    "unchecked: no pod really runs": [
      { ...live, ...enforcing, ...pods("apps") },
      /^apps have policies, but it is not known whether they are enforced: enable-policy default: no pod really runs/,
      simulated,
    ],
  },
  apps,
);
