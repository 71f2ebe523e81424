import assert from "node:assert/strict";
import type { Connection } from "../../../cli/reach/analyzer.js";
import { differenceOf } from "../../../cli/reach/difference.js";
import { elsewhere, PodGroups } from "../../../cli/reach/podGroups.js";
import { policySet, type Manifest } from "../../../cli/reach/policies.js";
import { parsePorts } from "../../../cli/reach/ports.js";
import { cilium, shop, standard } from "./policies.js";
import { all, world, connections, open, shopConnections, outside } from "./shopConnections.js";

describe("what a change opens and closes", () => {
  const state = (manifests: Manifest[], rows: Connection[]) => ({
    set: policySet(manifests),
    connections: rows,
  });
  const before = state(shop, shopConnections);
  const change = (after: ReturnType<typeof state>, from = before) =>
    differenceOf(from, after, new PodGroups([from.set, after.set]));
  const web = (fqdn: string) =>
    cilium("shop", "other-name", {
      endpointSelector: { matchLabels: { "k8s:app": "web", "k8s:tier": "front" } },
      egress: [{ toFQDNs: [{ matchName: fqdn }], toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }] }],
    });

  it("is nothing where only names of policies change", () => {
    const renamed = [...shop.slice(0, -1), web("pay.example.com")];
    assert.deepEqual(change(state(renamed, shopConnections)), []);
  });

  it("is said port by port, whatever else is allowed between the two", () => {
    const more = shopConnections.map((row) =>
      row.to === "shop/db" ? { ...row, ports: parsePorts("TCP 5400-5431,5433,UDP 5432") } : row,
    );
    assert.deepEqual(change(state(shop, more)), [
      "closes shop/web -> shop/db:5432",
      "opens shop/web -> shop/db:5400-5431,5433,5432/UDP",
    ]);
  });

  it("is said of addresses however they are cut", () => {
    const rows = [
      ...shopConnections.filter(({ to }) => typeof to === "string"),
      ...connections(
        ["shop/web", "203.0.113.0-203.0.113.63", "TCP 443"],
        ["shop/web", "203.0.113.64-203.0.114.255", "TCP 443"],
      ),
    ];
    const kept = rows.filter((row) => typeof row.from === "string");
    const full = [
      ...kept,
      ...shopConnections.filter(
        ({ from, to }) => typeof from !== "string" || (typeof to !== "string" && from !== "shop/web"),
      ),
    ];
    assert.deepEqual(change(state(shop, full)), ["opens shop/web -> 203.0.114.0/24:443"]);
  });

  it("is said of rules that are listed", () =>
    assert.deepEqual(change(state([...shop.slice(0, -1), web("bank.example.com")], shopConnections)), [
      "closes shop/web -> pay.example.com:443 (listed, not computed: shop/web)",
      "opens shop/web -> bank.example.com:443 (listed, not computed: shop/other-name)",
    ]));

  it("turns round for rules that deny", () => {
    const denying = cilium("shop", "deny", { endpointSelector: {}, egressDeny: [{ toEntities: ["world"] }] });
    const line = "denies shop -> world:any (listed, not computed: shop/deny)";
    const with_ = state([...shop, denying], shopConnections);
    assert.deepEqual(change(with_), [`closes ${line}`]);
    assert.deepEqual(change(before, with_), [`opens ${line}`]);
  });

  it("is said once where isolation begins, with what is still allowed", () => {
    const none = state([], open(...outside, "shop", "shop/db", "shop/web"));
    assert.deepEqual(change(before, none), [
      "closes everything into and out of shop that is not allowed",
      "still allows gateway -> shop/web:8080",
      "still allows shop -> kube-system/kube-dns:53,53/UDP",
      "still allows shop/web -> 203.0.113.0/24:443",
      "still allows shop/web -> shop/db:5432",
      "still allows shop/web -> (2001:db8::/32):443 (listed, not computed: shop/web)",
      "still allows shop/web -> pay.example.com:443 (listed, not computed: shop/web)",
    ]);
    assert.deepEqual(change(none, before), [
      "opens everything into and out of shop: it is isolated no longer",
    ]);
  });

  it("says one direction alone where only that changes", () => {
    const half = [
      ...shopConnections,
      ...connections(
        ["shop/db", elsewhere, all],
        ["shop/db", world, all],
        ...outside.map((to): [string, string, string] => ["shop/db", to, all]),
      ),
    ];
    assert.deepEqual(change(state(shop, half)), [
      "opens everything out of shop/db: it is isolated no longer",
    ]);
  });

  it("does not call it closed and opened where another kind of policy says the same", () => {
    const dns = cilium("shop", "all-pods", {
      endpointSelector: {},
      egress: [
        {
          toEndpoints: [
            { matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s:k8s-app": "kube-dns" } },
          ],
          toPorts: [
            {
              ports: [
                { port: "53", protocol: "UDP" },
                { port: "53", protocol: "TCP" },
              ],
              rules: { dns: [{ matchPattern: "*" }] },
            },
          ],
        },
      ],
    });
    const rows = shopConnections.filter(
      ({ from, to }) => !(to === "kube-system/kube-dns" && String(from).startsWith("shop")),
    );
    const moved = state([...shop.filter(({ metadata }) => metadata?.name !== "all-pods"), dns], rows);
    const line = ["goes on, by another kind of policy: shop -> kube-system/kube-dns:53,53/UDP"];
    assert.deepEqual(change(moved), line);
    assert.deepEqual(change(before, moved), line);
  });

  it("knows pods that only one of the two states names", () => {
    const added = standard("new", "default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    const rows = open(...outside);
    const [old, next] = [state([], open(...outside, "new")), state([added], rows)];
    assert.deepEqual(change(next, old), ["closes everything into and out of new that is not allowed"]);
  });
});
