import assert from "node:assert/strict";
import { asMermaid } from "../../../cli/reach/mermaid.js";
import { elsewhere, PodGroups } from "../../../cli/reach/podGroups.js";
import { policySet, type Manifest } from "../../../cli/reach/policies.js";
import { reachOf } from "../../../cli/reach/reach.js";
import { asSvg } from "../../../cli/reach/svg.js";
import { asTable } from "../../../cli/reach/table.js";
import { flowAnnotations } from "../../../components/network/isolation/flowAnnotation.js";
import { cilium, deny, standard } from "./policies.js";
import { all, world, connections, open, set, podGroups, shown, outside } from "./shopConnections.js";

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

Everything else is denied, except traffic from a pod's own node, which Cilium always allows.
`,
    ));

  it("as lines on a terminal that is narrow", () => {
    const text = asTable(shown(), 40);
    assert.ok(text.split("\n").every((line) => line.length <= 40));
    assert.ok(text.includes("\n  from   gateway\n  to     shop/web\n  ports  8080\n\n  from   shop\n"), text);
  });

  it("from one pod group: its namespace's connections as well, and the rules about it", () =>
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

Everything else is denied, except traffic from a pod's own node, which Cilium always allows.
`,
    ));

  it("as a table no wider than a terminal", () => {
    const lines = asTable(shown(), 50).split("\n");
    assert.deepEqual(
      lines.filter((line) => line.length > 50),
      [],
    );
    assert.ok(lines.includes("  shop      kube-system/kube-dns  53, 53/UDP"), lines.join("\n"));
  });

  describe("with flows of the settings", () => {
    const annotated = (manifest: Manifest, ...sentences: string[]): Manifest => ({
      ...manifest,
      metadata: { ...manifest.metadata, annotations: flowAnnotations(sentences) },
    });
    const asked = policySet([
      annotated(deny("shop"), "shop -> till:80", "shop -> internet: a.org"),
      annotated(cilium("shop", "web", { endpointSelector: {} }), "shop -> internet: a.org"),
      annotated(standard("till", "all-pods", { podSelector: {} }), "shop -> till:80"),
      deny("gateway"),
    ]);
    const flowsFrom = (source?: string) => {
      const given = { connections: open("shop", "till"), podGroups: new PodGroups([asked]) };
      return reachOf(asked, given, { stack: "home", source });
    };

    it("says which policies each is made into", () => {
      assert.deepEqual(flowsFrom().flows, [
        { sentence: "shop -> internet: a.org", policies: ["shop/default-deny", "shop/web"] },
        { sentence: "shop -> till:80", policies: ["shop/default-deny", "till/all-pods"] },
      ]);
      assert.match(
        asTable(flowsFrom()),
        /\n\nFlows of the settings, and the policies made from them:\n\n {2}flow {21}policies\n {2}shop -> internet: a\.org {2}shop\/default-deny, shop\/web\n/,
      );
    });

    it("leaves out policies of other namespaces than that of the source", () => {
      assert.deepEqual(flowsFrom("till").flows, [
        { sentence: "shop -> till:80", policies: ["till/all-pods"] },
      ]);
      assert.deepEqual(flowsFrom("gateway").flows, []);
      assert.doesNotMatch(asTable(flowsFrom("gateway")), /Flows of the settings/);
    });
  });

  it("from a pod group that is not isolated", () => {
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

  it("from a pod group that reaches nothing", () => {
    const lonely = policySet([deny("lonely")]);
    const given = { connections: open(), podGroups: new PodGroups([lonely]) };
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
    const { open: found, connections: rows } = reachOf(
      set,
      { connections: half, podGroups },
      { stack: "home" },
    );
    assert.deepEqual(found.out, ["gateway", "kube-system", "shop (but for db, web)", elsewhere]);
    assert.deepEqual(found.in, ["gateway", "kube-system", elsewhere]);
    assert.deepEqual(rows, []);
  });

  it("does not say of a namespace what only its other pods may", () => {
    const some = [
      ...open(...outside),
      ...connections(["shop", "gateway", "TCP 1"], ["shop/db", "gateway", "TCP 1,2"]),
    ];
    assert.deepEqual(reachOf(set, { connections: some, podGroups }, { stack: "home" }).connections, [
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
    const at = (end: string) => svg.indexOf(`>${end}</text>`);
    assert.ok(at("kube-system/kube-dns") < at("pay.example.com"), "pods stand before hosts");
    assert.match(svg, /font-style="italic">pay\.example\.com</);
    assert.doesNotMatch(svg, /font-style="italic">kube-system\/kube-dns</);
    assert.match(
      svg,
      /<rect class="legend" [^>]*stroke-dasharray="3 2"\/>\n<text [^>]*>a rule that is listed/,
    );
    const opened = [...svg.matchAll(/<(svg|g|text|title)\b[^>]*>/g)].length;
    assert.equal(opened, [...svg.matchAll(/<\/(svg|g|text|title)>/g)].length);
    assert.equal([...svg.matchAll(/<rect x=/g)].length, reach.connections.length + reach.rules.length);
  });
});
