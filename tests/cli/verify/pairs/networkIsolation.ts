import { networkPolicies } from "../../../../stacks/settings/derived/networkPolicies.js";
import { condition, daemonSets, deployments, withoutDrill } from "../addonClaims.js";
import { agents, changed, config, enforcing, march } from "../ciliumAnswers.js";
import { named, settingsWith, workload, type Answer } from "../fakeTarget.js";
import { pair, type Pairs } from "./pair.js";

export const proxy = (ready: number): Record<string, Answer> => ({
  [`${daemonSets("kube-system")}/kube-proxy`]: workload("kube-proxy", ready, 2),
});
export const replacement = { "kube-proxy-replacement": "false" };

export const l7 = { "enable-l7-proxy": "true" };
export const http = { ports: [{ port: "80" }], rules: { http: [{ method: "GET" }] } };
export const policies = (toPorts: object, valid?: string) => ({
  "/apis/cilium.io/v2/ciliumnetworkpolicies": [
    named(
      "a",
      {
        spec: { ingress: [{ toPorts: [toPorts] }] },
        ...(valid && { status: condition("Valid", valid, "no such method") }),
      },
      "apps",
    ),
  ],
});

export const nodes = (count: number, bootID: (index: number) => string = () => "") => ({
  "/api/v1/nodes": Array.from({ length: count }, (_, index) =>
    named(`n${index}`, { status: { nodeInfo: { bootID: bootID(index) } } }),
  ),
});

export const standardPath = "/apis/networking.k8s.io/v1/networkpolicies";
export const ciliumPath = "/apis/cilium.io/v2/ciliumnetworkpolicies";
export const clusterwidePath = "/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies";
export const notIsolated = ["cert-manager", "harbor", "velero"];
/** Settings that isolate apps. */
export const apps = {
  settings: {
    ...withoutDrill,
    "network.isolated": ["apps"],
    "network.notIsolated": notIsolated,
    "network.flows": ["apps -> 198.51.100.7:80", "apps -> internet: example.com"],
  },
};
export const objects = (kinds: ("standard" | "denying" | "cilium")[], set: Record<string, unknown> = {}) =>
  [...networkPolicies(settingsWith({ ...apps.settings, ...set }))].flatMap(([namespace, policies]) =>
    kinds.flatMap((kind) => [...policies[kind]].map(([name, spec]) => named(name, { spec }, namespace))),
  );
/** What a cluster has that is as those settings, with further ones. */
export const liveWith = (set: Record<string, unknown>): Record<string, object[]> => ({
  [standardPath]: objects(["denying", "standard"], set),
  [ciliumPath]: objects(["cilium"], set),
  [clusterwidePath]: [],
});
export const live = liveWith({});
export const count = live[standardPath]!.length + live[ciliumPath]!.length;
export const everybody = { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] };

/** Two nodes under WireGuard; the key is that of the second node's agent. */
export const wireGuard = (key?: string): Record<string, Answer> => ({
  ...changed({ "enable-wireguard": "true" }, "2026-02-01T00:00:00Z"),
  ...agents(2, march),
  ...nodes(2),
  "/apis/cilium.io/v2/ciliumnodes": ["k", key].map((value, index) => ({
    metadata: {
      name: `n${index}`,
      annotations: value === undefined ? {} : { "network.cilium.io/wg-pub-key": value },
    },
  })),
});
const withOne = (more: object[]) => ({ ...live, [standardPath]: [...live[standardPath]!, ...more] });
const open = [named("more", { spec: everybody }, "apps")];

export const networkIsolation: Pairs = {
  "Cilium is the CNI plugin": pair<{ ready?: number; count?: number }>(
    ({ ready = 2, count = 2 }) => ({
      answers: {
        [`${daemonSets("kube-system")}/cilium`]: workload("cilium", ready, 2),
        [`${deployments("kube-system")}/cilium-operator`]: workload("cilium-operator"),
        ...nodes(count),
      },
    }),
    {},
    { ready: 1 },
    { count: 3 },
  ),
  "The standard kube-proxy": pair(
    (ready) => ({ answers: { ...config(replacement), ...proxy(ready) } }),
    2,
    1,
  ),
  "Cilium enforces NetworkPolicy": pair(
    (started) => ({ answers: { ...changed({}, "2026-02-01T00:00:00Z"), ...agents(2, started) } }),
    march,
    "2026-01-31T00:00:00Z",
  ),
  "CiliumNetworkPolicy extends it": pair(
    (valid) => ({ answers: { ...config(l7), ...policies(http, valid) } }),
    "True",
    "False",
  ),
  "Traffic between nodes": pair<{ key?: string; ready?: number }>(
    ({ key = "of-the-agent", ready = 2 }) => ({
      answers: { ...wireGuard(key), ...agents(ready, march) },
      options: { settings: { "network.encryption": "wireguard" } },
    }),
    {},
    { key: "" },
    { ready: 0 },
  ),
  "Each isolated namespace denies by default": pair(
    (more) => ({ answers: withOne(more), options: apps }),
    [],
    open,
  ),
  "Traffic must be explicitly allowed": pair(
    (more) => ({ answers: { ...withOne(more), ...enforcing, "/api/v1/pods": [] }, options: apps }),
    [],
    open,
  ),
};
