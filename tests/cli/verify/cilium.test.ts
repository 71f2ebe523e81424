import { claims, simulated, recorded, recordedEvidence } from "./addonClaims.js";
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
import { http, l7, nodes, policies, proxy, replacement, wireGuard } from "./pairs/networkIsolation.js";

claims("Network isolation", "The standard kube-proxy", {
  "proved: it does": [
    { ...config(replacement), ...proxy(2) },
    "kube-proxy 2/2 ready, kube-proxy-replacement false",
  ],
  "failed: it does not run": [{ ...config(replacement), ...proxy(1) }, "kube-proxy is ready on 1 of 2 nodes"],
  "failed: Cilium does": [
    { ...config({ "kube-proxy-replacement": "true" }), ...proxy(2) },
    "cilium-config has kube-proxy-replacement true, not false",
  ],
  "failed: it is absent": [config(replacement), "DaemonSet kube-system/kube-proxy does not exist"],
  "unchecked: it would be absent anyway": [
    config(replacement),
    /^kube-proxy-replacement false; kube-proxy is absent/,
    simulated,
  ],
  "failed: Cilium is absent": [{}, "there is no ConfigMap kube-system/cilium-config"],
  "unchecked: Cilium is recorded": [{}, recordedEvidence("cilium"), recorded("cilium")],
});
claims("Network isolation", "Cilium enforces", {
  "proved: it does": [enforcing, enforcedEvidence],
  "failed: it is not even there": [{}, "there is no ConfigMap kube-system/cilium-config"],
  "unchecked: it is recorded": [{}, recordedEvidence("cilium"), recorded("cilium")],
  "failed: its settings alone are there": [
    changed({}),
    "cilium-config is there, but no DaemonSet kube-system/cilium that would read it",
  ],
  "failed: it does on one node": [{ ...changed({}), ...agents(1, march) }, "cilium is ready on 1 of 2 nodes"],
  "unchecked: nothing really runs": [
    { ...changed({}), ...agents(2, march) },
    /^enable-policy default: no pod really runs/,
    simulated,
  ],
  "unchecked: it has been told since": [
    { ...changed({}, "2026-02-01T00:00:00Z", "2026-03-02T00:00:00Z"), ...agents(2, march) },
    olderThan("kube-system/cilium-x"),
  ],
  "unchecked: it does not run": [{ ...changed({}), ...agents(2) }, olderThan("kube-system/cilium-x")],
  "unchecked: its pods are not found": [
    { ...changed({}), ...agents(2, march), "/api/v1/namespaces/kube-system/pods": [] },
    olderThan("no pod with the label k8s-app=cilium"),
  ],
  "failed: it does not": [config({ "enable-policy": "never" }), "cilium-config has enable-policy never"],
  "failed: it only watches, as the settings say": [
    watching,
    watchingEvidence(
      "as the settings say (network.enforcement audit); docs/guides/isolate-a-namespace.md goes on to enforce",
    ),
    { settings: { "network.enforcement": "audit", "network.allowUnenforced": true } },
  ],
  "failed: it only watches, whatever the settings say": [
    watching,
    watchingEvidence("though the settings say network.enforcement enforce"),
  ],
});
claims("Network isolation", "CiliumNetworkPolicy extends", {
  "proved: it does": [{ ...config(l7), ...policies(http, "True") }, "enable-l7-proxy true; realized: apps/a"],
  "unchecked: no policy has such a rule": [
    { ...config(l7), ...policies({ ports: [{ port: "80" }] }, "True") },
    /^enable-l7-proxy true, but none of 1 policies has a rule of layer 7/,
  ],
  "unchecked: the rule asks for nothing": [
    { ...config(l7), ...policies({ ...http, rules: { http: [{}] } }, "True") },
    /has a rule of layer 7/,
  ],
  "unchecked: an item that asks for nothing lets everything through": [
    { ...config(l7), ...policies({ ...http, rules: { http: [{ method: "GET" }, {}] } }, "True") },
    /has a rule of layer 7/,
  ],
  "unchecked: a path of anything lets everything through": [
    { ...config(l7), ...policies({ ...http, rules: { http: [{ path: ".*" }] } }, "True") },
    /has a rule of layer 7/,
  ],
  "unchecked: empty fields let everything through": [
    { ...config(l7), ...policies({ ...http, rules: { http: [{ method: "", headers: [] }] } }, "True") },
    /has a rule of layer 7/,
  ],
  "failed: an agent refuses the rule": [
    { ...config(l7), ...policies(http, "False") },
    "apps/a is not realized: no such method",
  ],
  "failed: nobody realizes the rule": [
    { ...config(l7), ...policies(http) },
    /apps\/a is not realized: no agent/,
  ],
  "unchecked: nobody could realize it": [
    { ...config(l7), ...policies(http) },
    /no agent has said so/,
    simulated,
  ],
  "failed: its kind is unknown": [config(l7), "the cluster knows no CiliumNetworkPolicies"],
  "unchecked: nobody could bring its kind": [config(l7), /^enable-l7-proxy true; /, simulated],
  "failed: it is off": [
    { ...config({}), "/apis/cilium.io/v2/ciliumnetworkpolicies": [] },
    "cilium-config has enable-l7-proxy not set, not true",
  ],
});
claims("Network isolation", "Traffic between nodes", {
  "proved: there is none": [{ ...config({}), ...nodes(1) }, "one node: no traffic between pods leaves it"],
  "failed: there is some after all": [
    { ...config({}), ...nodes(2) },
    "2 nodes talk to each other unencrypted (network.encryption none)",
  ],
  "proved: it is encrypted": [
    wireGuard("k"),
    "enable-wireguard true; the agents of n0, n1 have a key",
    { settings: { "network.encryption": "wireguard" } },
  ],
  "failed: an agent could not start WireGuard": [
    wireGuard(),
    /^enable-wireguard true, but Cilium's agent has no key on n1: traffic there is not encrypted; /,
    { settings: { "network.encryption": "wireguard" } },
  ],
  "unchecked: no agent really runs": [
    wireGuard(),
    /^enable-wireguard true, and no agent has made a key: no pod/,
    { settings: { "network.encryption": "wireguard" }, ...simulated },
  ],
  "failed: it should be encrypted": [
    { ...config({}), ...nodes(2) },
    "cilium-config has WireGuard off",
    { settings: { "network.encryption": "wireguard" } },
  ],
});
