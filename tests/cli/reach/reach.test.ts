import assert from "node:assert/strict";
import { parseRange } from "../../../cli/reach/addresses.js";
import type { Connection, End } from "../../../cli/reach/analyzer.js";
import { differenceOf } from "../../../cli/reach/difference.js";
import { asMermaid } from "../../../cli/reach/mermaid.js";
import { elsewhere, Places } from "../../../cli/reach/places.js";
import { policySet, type Manifest } from "../../../cli/reach/policies.js";
import { parsePorts } from "../../../cli/reach/ports.js";
import { reachOf, type Reach } from "../../../cli/reach/reach.js";
import { asSvg } from "../../../cli/reach/svg.js";
import { asTable } from "../../../cli/reach/table.js";
import { cilium, deny, shop, standard } from "./policies.js";

const all = "All Connections";
const world = "0.0.0.0-255.255.255.255";

function connections(...rows: [from: string, to: string, ports: string][]): Connection[] {
  const end = (text: string): End => parseRange(text) ?? text;
  return rows.map(([from, to, ports]) => ({ from: end(from), to: end(to), ports: parsePorts(ports) }));
}

/** What the analyzer would say of places that are not isolated. */
function open(...names: string[]): Connection[] {
  const ends = [...names, elsewhere];
  return ends.flatMap((from) =>
    connections(
      ...ends.map((to): [string, string, string] => [from, to, all]),
      [from, world, all],
      [world, from, all],
    ),
  );
}

const set = policySet(shop);
const places = new Places([set]);
const outside = ["gateway", "kube-system", "kube-system/kube-dns"];
const shopConnections = [
  ...open(...outside),
  ...connections(
    ["gateway", "shop/web", "TCP 8080"],
    ["shop/web", "shop/db", "TCP 5432"],
    ["shop/web", "203.0.113.0-203.0.113.127", "TCP 443"],
    ["shop/web", "203.0.113.128-203.0.113.255", "TCP 443"],
    ...["shop", "shop/db", "shop/web"].map((from): [string, string, string] => [
      from,
      "kube-system/kube-dns",
      "TCP 53,UDP 53",
    ]),
  ),
];
const shown = (options: Partial<Reach> = {}) =>
  reachOf(set, { connections: shopConnections, places }, { stack: "home", ...options });

describe("who can reach whom", () => {
  it("as a table", () =>
    assert.equal(
      asTable(shown()),
      `Reach in home by its NetworkPolicies; ports are those of pods, TCP where nothing else is said:

  from      to                    ports
  gateway   shop/web              8080
  shop      kube-system/kube-dns  53, 53/UDP
  shop/web  203.0.113.0/24        443
  shop/web  shop/db               5432

Not isolated, so open to any address and to one another: gateway; kube-system; any other namespace

Rules that are listed and not computed (Cilium's own, and what of NetworkPolicies depends on more than policies):

  from      to               ports  policy
  shop/web  2001:db8::/32    443    shop/web
  shop/web  pay.example.com  443    shop/web

Whatever is not here is denied, but a pod's own node, which Cilium always lets in.
`,
    ));

  it("from one place: its namespace's connections as well, and the rules about it", () =>
    assert.equal(
      asTable(shown({ source: "shop/web" })),
      `Reach in home from shop/web by its NetworkPolicies; ports are those of pods, TCP where nothing else is said:

  from      to                    ports
  shop/web  203.0.113.0/24        443
  shop/web  kube-system/kube-dns  53, 53/UDP
  shop/web  shop/db               5432

Rules that are listed and not computed (Cilium's own, and what of NetworkPolicies depends on more than policies):

  from      to               ports  policy
  shop/web  2001:db8::/32    443    shop/web
  shop/web  pay.example.com  443    shop/web

Whatever is not here is denied, but a pod's own node, which Cilium always lets in.
`,
    ));

  it("from a place that is not isolated", () => {
    const { open, connections, rules } = shown({ source: "gateway" });
    assert.deepEqual(
      { open, connections, rules },
      {
        open: { out: ["gateway"], in: ["gateway", "kube-system", "any other namespace"] },
        connections: [{ from: "gateway", to: "shop/web", ports: ["8080"] }],
        rules: [],
      },
    );
  });

  it("from a place that reaches nothing", () => {
    const lonely = policySet([deny("lonely")]);
    const given = { connections: open(), places: new Places([lonely]) };
    assert.match(
      asTable(reachOf(lonely, given, { stack: "home", source: "lonely" })),
      /said:\n\n {2}nothing\n\n/,
    );
  });

  it("says first of all that audit enforces nothing", () => {
    const warning =
      "AUDIT: network.enforcement is audit, so Cilium enforces no policy at all: every pod reaches every other meanwhile. This is what will hold under enforce.";
    const reach = shown({ enforcement: "audit" });
    assert.ok(asTable(reach).startsWith(`${warning}\n\nReach in home`));
    assert.ok(asMermaid(reach).startsWith(`flowchart LR\n  %% ${warning}\n`));
    assert.ok(asMermaid(reach).includes('\n  audit["AUDIT: nothing of this is enforced"]\n'));
    assert.ok(asSvg(reach).includes(`<text x="16" y="48" fill="#b00020">${warning}</text>`));
    for (const text of [asTable, asMermaid, asSvg].map((as) => as(shown({ enforcement: "enforce" }))))
      assert.doesNotMatch(text, /audit/i);
  });

  it("tells pods apart that are isolated in one direction alone", () => {
    const half = [
      ...open("gateway", "kube-system", "kube-system/kube-dns"),
      ...connections(["shop", elsewhere, all], ["shop", world, all], ["shop", "gateway", all]),
    ];
    const { open: found, connections: rows } = reachOf(set, { connections: half, places }, { stack: "home" });
    assert.deepEqual(found.out, ["gateway", "kube-system", "shop (but for db, web)", elsewhere]);
    assert.deepEqual(found.in, ["gateway", "kube-system", elsewhere]);
    assert.deepEqual(rows, []);
  });

  it("does not say of a namespace what only its other pods may", () => {
    const some = [
      ...open(...outside),
      ...connections(["shop", "gateway", "TCP 1"], ["shop/db", "gateway", "TCP 1,2"]),
    ];
    assert.deepEqual(reachOf(set, { connections: some, places }, { stack: "home" }).connections, [
      { from: "other pods of shop", to: "gateway", ports: ["1"] },
      { from: "shop/db", to: "gateway", ports: ["1", "2"] },
    ]);
  });

  it("as a Mermaid flowchart", () =>
    assert.equal(
      asMermaid(shown()),
      `flowchart LR
  %% Not isolated, so open to any address and to one another: gateway; kube-system; any other namespace
  n0["2001:db8::/32"]
  n1["203.0.113.0/24"]
  n4["pay.example.com"]
  n2["gateway"]
  n3["kube-system/kube-dns"]
  subgraph g3["shop"]
    n5["shop"]
    n6["shop/db"]
    n7["shop/web"]
  end
  n2 -->|"8080"| n7
  n5 -->|"53, 53/UDP"| n3
  n7 -->|"443"| n1
  n7 -->|"5432"| n6
  n7 -.->|"443"| n0
  n7 -.->|"443"| n4
`,
    ));

  it("as a picture, with every sign of XML made harmless", () => {
    const reach = { ...shown(), stack: 'a<b&"c"' };
    const svg = asSvg(reach);
    assert.equal(svg, asSvg(reach));
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="\d+" viewBox=/);
    assert.ok(svg.includes("<title>Reach in a&lt;b&amp;&quot;c&quot;</title>"));
    assert.ok(svg.includes("<g><title>shop/web -&gt; shop/db: 5432</title><rect "));
    assert.match(
      svg,
      /<g><title>shop\/web: shop\/web -&gt; pay\.example\.com:443<\/title><rect [^>]*stroke-dasharray/,
    );
    const opened = [...svg.matchAll(/<(svg|g|text|title)\b[^>]*>/g)].length;
    assert.equal(opened, [...svg.matchAll(/<\/(svg|g|text|title)>/g)].length);
    assert.equal([...svg.matchAll(/<rect x=/g)].length, reach.connections.length + reach.rules.length);
  });
});

describe("what a change opens and closes", () => {
  const state = (manifests: Manifest[], rows: Connection[]) => ({
    set: policySet(manifests),
    connections: rows,
  });
  const before = state(shop, shopConnections);
  const change = (after: ReturnType<typeof state>, from = before) =>
    differenceOf(from, after, new Places([from.set, after.set]));
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
