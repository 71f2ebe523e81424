import fc from "fast-check";
import {
  apiServer,
  internet,
  nodes,
  pods,
  podsAs,
  tcp,
  type Flow,
  type HttpRule,
  type Peer,
} from "../../../../components/network/isolation/flow.js";
import type { Policies } from "../../../../components/network/isolation/policies.js";

export const spaces = ["backstage", "harbor", "postgres", "web"];
export const labels = fc.constantFrom("core", "db", "ui").map((app) => ({ app }));
const podsPlace = fc.oneof(
  fc.constantFrom(...spaces).map((namespace): Peer => ({ kind: "pods", namespace })),
  fc.tuple(fc.constantFrom(...spaces), labels).map(([namespace, set]): Peer => pods(namespace, set.app, set)),
  fc
    .tuple(fc.constantFrom(...spaces), fc.constantFrom("sa", "runner"))
    .map(([namespace, account]): Peer => podsAs(namespace, account)),
);
const outside = fc.constantFrom<Peer>(nodes, apiServer, internet, {
  kind: "networks",
  cidrs: ["198.51.100.0/24"],
});
export const hosts = fc.constantFrom<Peer>(
  { kind: "hosts", names: ["ghcr.io"] },
  { kind: "hosts", names: ["*.example.com", "example.com"] },
);
export const ports = fc
  .uniqueArray(fc.constantFrom(53, 80, 443, 5432), { minLength: 1, maxLength: 3 })
  .map((numbers) => tcp(...numbers));
export const http = fc.option(fc.constant<HttpRule[]>([{ method: "GET", path: "/v2/.*" }]), {
  nil: undefined,
});
export const flow: fc.Arbitrary<Flow> = fc.oneof(
  fc.record({ from: podsPlace, to: fc.oneof(podsPlace, outside, hosts), ports }),
  fc.record({ from: outside, to: podsPlace, ports }),
  fc
    .record({ from: fc.oneof(podsPlace, outside), to: podsPlace, ports, http })
    .map(({ http: rules, ...rest }) => ({ ...rest, ...(rules ? { http: rules } : {}) })),
);
export const flows = fc.array(flow, { maxLength: 12 });

/** Whether the first peer includes the second. */
export function includes(peer: Peer, other: Peer): boolean {
  if (peer.kind === "pods" && other.kind === "pods") {
    const all = peer.labels === undefined && peer.serviceAccount === undefined;
    return peer.namespace === other.namespace && (all || peer.name === other.name);
  }
  // The API server runs on the nodes, so what it may reach they may reach as well.
  if (peer.kind === "kube-apiserver" && other.kind === "nodes") return true;
  return JSON.stringify(peer) === JSON.stringify(other);
}

export function specs({ standard, cilium }: Pick<Policies, "standard" | "cilium">) {
  return { standard: [...standard.values()], cilium: [...cilium.values()] };
}
