import { claims, simulated, recorded, recordedEvidence, deployments } from "./addonClaims.js";
import {
  config,
  changed,
  march,
  enforcing,
  olderThan,
  watching,
  watchingEvidence,
  enforcedEvidence,
  agents,
} from "./ciliumAnswers.js";
import { workload } from "./fakeTarget.js";
import { http, l7, nodes, policies, proxy, replacement, wireGuard } from "./pairs/networkIsolation.js";

claims("Network isolation", "The standard kube-proxy", [
  [
    "it does",
    { ...config(replacement), ...proxy(2) },
    "proved",
    "kube-proxy 2/2 ready, kube-proxy-replacement false",
  ],
  [
    "it does not run",
    { ...config(replacement), ...proxy(1) },
    "failed",
    "kube-proxy is ready on 1 of 2 nodes",
  ],
  [
    "Cilium does",
    { ...config({ "kube-proxy-replacement": "true" }), ...proxy(2) },
    "failed",
    "cilium-config has kube-proxy-replacement true, not false",
  ],
  ["it is absent", config(replacement), "failed", "DaemonSet kube-system/kube-proxy does not exist"],
  [
    "it would be absent anyway",
    config(replacement),
    "unchecked",
    /^kube-proxy-replacement false; kube-proxy is absent/,
    simulated,
  ],
  [
    "one node is kept from having it",
    { ...config(replacement), ...proxy(2), ...nodes(3) },
    "failed",
    "kube-proxy is ready on 2 of 3 nodes",
  ],
  ["Cilium is absent", {}, "failed", "there is no ConfigMap kube-system/cilium-config"],
  ["Cilium is recorded", {}, "unchecked", recordedEvidence("cilium"), recorded("cilium")],
]);
const cni = {
  ...agents(2),
  [`${deployments("kube-system")}/cilium-operator`]: workload("cilium-operator"),
};
claims("Network isolation", "Cilium is the CNI", [
  ["it is", { ...cni, ...nodes(2) }, "proved", "cilium 2/2, cilium-operator 1/1 ready"],
  [
    "one node is kept from having it",
    { ...cni, ...nodes(3) },
    "failed",
    "DaemonSet kube-system/cilium has 2 of 3 pods ready",
  ],
]);
claims("Network isolation", "Cilium enforces", [
  [
    "it does, but for a node that is kept from having it",
    { ...enforcing, ...nodes(3) },
    "failed",
    "cilium is ready on 2 of 3 nodes",
  ],
  ["it does", enforcing, "proved", enforcedEvidence],
  ["it is not even there", {}, "failed", "there is no ConfigMap kube-system/cilium-config"],
  ["it is recorded", {}, "unchecked", recordedEvidence("cilium"), recorded("cilium")],
  [
    "its settings alone are there",
    changed({}),
    "failed",
    "cilium-config is there, but no DaemonSet kube-system/cilium that would read it",
  ],
  [
    "it does on one node",
    { ...changed({}), ...agents(1, march) },
    "failed",
    "cilium is ready on 1 of 2 nodes",
  ],
  [
    "nothing really runs",
    { ...changed({}), ...agents(2, march) },
    "unchecked",
    /^enable-policy default: no pod really runs/,
    simulated,
  ],
  [
    "it has been told since",
    { ...changed({}, "2026-02-01T00:00:00Z", "2026-03-02T00:00:00Z"), ...agents(2, march) },
    "unchecked",
    olderThan("kube-system/cilium-x"),
  ],
  ["it does not run", { ...changed({}), ...agents(2) }, "unchecked", olderThan("kube-system/cilium-x")],
  [
    "its pods are not found",
    { ...changed({}), ...agents(2, march), "/api/v1/namespaces/kube-system/pods": [] },
    "unchecked",
    olderThan("no pod with the label k8s-app=cilium"),
  ],
  ["it does not", config({ "enable-policy": "never" }), "failed", "cilium-config has enable-policy never"],
  [
    "it only watches, as the settings say",
    watching,
    "failed",
    watchingEvidence(
      "as the settings say (network.enforcement audit); docs/guides/isolate-a-namespace.md goes on to enforce",
    ),
    { settings: { "network.enforcement": "audit", "network.allowUnenforced": true } },
  ],
  [
    "it only watches, whatever the settings say",
    watching,
    "failed",
    watchingEvidence("though the settings say network.enforcement enforce"),
  ],
]);
claims("Network isolation", "CiliumNetworkPolicy extends", [
  [
    "it does",
    { ...config(l7), ...policies(http, "True") },
    "proved",
    "enable-l7-proxy true; realized: apps/a",
  ],
  [
    "no policy has such a rule",
    { ...config(l7), ...policies({ ports: [{ port: "80" }] }, "True") },
    "unchecked",
    /^enable-l7-proxy true, but none of 1 policies has a rule of layer 7/,
  ],
  [
    "the rule asks for nothing",
    { ...config(l7), ...policies({ ...http, rules: { http: [{}] } }, "True") },
    "unchecked",
    /has a rule of layer 7/,
  ],
  [
    "an item that asks for nothing lets everything through",
    { ...config(l7), ...policies({ ...http, rules: { http: [{ method: "GET" }, {}] } }, "True") },
    "unchecked",
    /has a rule of layer 7/,
  ],
  [
    "a path of anything lets everything through",
    { ...config(l7), ...policies({ ...http, rules: { http: [{ path: ".*" }] } }, "True") },
    "unchecked",
    /has a rule of layer 7/,
  ],
  [
    "empty fields let everything through",
    { ...config(l7), ...policies({ ...http, rules: { http: [{ method: "", headers: [] }] } }, "True") },
    "unchecked",
    /has a rule of layer 7/,
  ],
  [
    "an agent refuses the rule",
    { ...config(l7), ...policies(http, "False") },
    "failed",
    "apps/a is not realized: no such method",
  ],
  [
    "nobody realizes the rule",
    { ...config(l7), ...policies(http) },
    "failed",
    /apps\/a is not realized: no agent/,
  ],
  [
    "nobody could realize it",
    { ...config(l7), ...policies(http) },
    "unchecked",
    /no agent has said so/,
    simulated,
  ],
  ["its kind is unknown", config(l7), "failed", "the cluster knows no CiliumNetworkPolicies"],
  ["nobody could bring its kind", config(l7), "unchecked", /^enable-l7-proxy true; /, simulated],
  [
    "it is off",
    { ...config({}), "/apis/cilium.io/v2/ciliumnetworkpolicies": [] },
    "failed",
    "cilium-config has enable-l7-proxy not set, not true",
  ],
]);
claims("Network isolation", "Traffic between nodes", [
  ["there is none", { ...config({}), ...nodes(1) }, "proved", "one node: no traffic between pods leaves it"],
  [
    "there is some after all",
    { ...config({}), ...nodes(2) },
    "failed",
    "2 nodes talk to each other unencrypted (network.encryption none)",
  ],
  [
    "all of it stays in one machine",
    { ...config({}), ...nodes(3, () => "one") },
    "proved",
    "3 nodes of one machine, by their boot ID: no traffic between pods leaves it",
  ],
  [
    "it is encrypted",
    wireGuard("k"),
    "proved",
    "enable-wireguard true; the agents of n0, n1 have a key, cilium 2/2 ready, all started since the last change of it",
    { settings: { "network.encryption": "wireguard" } },
  ],
  [
    "the agents are gone, and their keys are left",
    { ...wireGuard("k"), ...agents(0, march) },
    "failed",
    "cilium is ready on 0 of 2 nodes",
    { settings: { "network.encryption": "wireguard" } },
  ],
  [
    "the agents have been told since they started",
    { ...wireGuard("k"), ...agents(2, "2026-01-01T00:00:00Z") },
    "unchecked",
    /^enable-wireguard true; .*, but an agent reads cilium-config when it starts, /,
    { settings: { "network.encryption": "wireguard" } },
  ],
  [
    "an agent could not start WireGuard",
    wireGuard(),
    "failed",
    /^enable-wireguard true, but Cilium's agent has no key on n1: traffic there is not encrypted; /,
    { settings: { "network.encryption": "wireguard" } },
  ],
  [
    "no agent really runs",
    wireGuard(),
    "unchecked",
    /^enable-wireguard true, and no agent has made a key: no pod/,
    { settings: { "network.encryption": "wireguard" }, ...simulated },
  ],
  [
    "it should be encrypted",
    { ...config({}), ...nodes(2) },
    "failed",
    "cilium-config has WireGuard off",
    { settings: { "network.encryption": "wireguard" } },
  ],
]);
