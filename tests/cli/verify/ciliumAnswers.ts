import { named, workload, type Answer } from "./fakeTarget.js";
import { daemonSets } from "./addonClaims.js";

export const config = (data: object): Record<string, Answer> => ({
  "/api/v1/namespaces/kube-system/configmaps/cilium-config": named("cilium-config", { data }, "kube-system"),
});
const startedAt = (time?: string) => [
  named(
    "cilium-x",
    { status: { containerStatuses: [{ name: "cilium-agent", state: { running: { startedAt: time } } }] } },
    "kube-system",
  ),
];
export const changed = (data: object, ...times: string[]): Record<string, Answer> => ({
  "/api/v1/namespaces/kube-system/configmaps/cilium-config": {
    metadata: {
      name: "cilium-config",
      creationTimestamp: "2026-01-01T00:00:00Z",
      managedFields: times.map((time) => ({ time })),
    },
    data,
  },
});
export const agents = (ready: number, started?: string): Record<string, Answer> => ({
  [`${daemonSets("kube-system")}/cilium`]: workload("cilium", ready, 2),
  "/api/v1/namespaces/kube-system/pods": startedAt(started),
});
export const march = "2026-03-01T00:00:00Z";
export const enforcing = { ...changed({}, "2026-02-01T00:00:00Z"), ...agents(2, march) };
export const olderThan = (pods: string) =>
  "enable-policy default, but an agent reads cilium-config when it starts, and of these it is not known that they " +
  `started after its last change: ${pods}; kubectl -n kube-system rollout restart daemonset cilium`;
export const watching = config({ "policy-audit-mode": "true" });
export const watchingEvidence = (settings: string) =>
  `cilium-config has policy-audit-mode true, ${settings}: no network policy is enforced there, ` +
  "Cilium only reports what it would drop";
export const enforcedEvidence =
  "enable-policy default, cilium 2/2 ready, all started since the last change of it";
