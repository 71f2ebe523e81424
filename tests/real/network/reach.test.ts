import assert from "node:assert/strict";
import { analyze, type Connection } from "../../../cli/reach/analyzer.js";
import { differenceOf } from "../../../cli/reach/difference.js";
import { elsewhere, PodGroups } from "../../../cli/reach/podGroups.js";
import { policySet, type Manifest, type PolicySet } from "../../../cli/reach/policies.js";
import { isEveryPort, portNames } from "../../../cli/reach/ports.js";
import { reachOf } from "../../../cli/reach/reach.js";
import { have } from "../plan/project.js";
import { tool } from "../../../cli/kit/toolchain/tool.js";
import { deny, inNamespace, shop, standard, tcp } from "../../cli/reach/policies.js";
import { policiesIn, settingsIn } from "./policies.js";
import { allowed, denied, dns } from "./musashiReach.js";

/** The analyzer; building it takes a minute on a fresh machine, once. */
async function analyzer(test: Mocha.Context): Promise<string> {
  await have(test, "netpol-analyzer");
  return tool("netpol-analyzer");
}

describe("who can reach whom on musashi", () => {
  let set: PolicySet;
  let podGroups: PodGroups;
  let connections: Connection[];

  const portsOf = (from: string, to: string) =>
    connections
      .filter((connection) => connection.from === from && connection.to === to)
      .flatMap(({ ports }) => portNames(ports))
      .join(" ");

  before(async function () {
    const path = await analyzer(this);
    const settings = settingsIn("musashi", { enforcement: "enforce", allowUnenforced: false });
    set = policySet(await policiesIn(settings));
    podGroups = new PodGroups([set]);
    connections = await analyze(path, set, podGroups);
  });

  it("is known of every pod group that the expectations name", () => {
    const names = new Set(podGroups.list().map(({ name }) => name));
    const named = [
      ...Object.entries(allowed).flatMap(([from, to]) => [from, ...Object.keys(to)]),
      ...denied.flat(),
    ];
    assert.deepEqual(
      [...new Set(named)].filter((name) => !names.has(name)),
      [],
    );
  });

  for (const [from, targets] of Object.entries(allowed)) {
    for (const [to, ports] of Object.entries(targets)) {
      it(`${from} reaches ${to}: ${ports}`, () => assert.equal(portsOf(from, to), ports));
    }
  }
  for (const [from, ...targets] of denied) {
    for (const to of targets) it(`${from} does not reach ${to}`, () => assert.equal(portsOf(from, to), ""));
  }

  it("allows no pair besides, but for what is not isolated at either end", () => {
    const reach = reachOf(set, { connections, podGroups }, { stack: "musashi" });
    const free = [
      "cnpg-system",
      "kube-system",
      "kube-system/kube-dns",
      "monitoring",
      "monitoring/prometheus",
      "traefik",
      elsewhere,
    ];
    assert.deepEqual(reach.open.out, reach.open.in);
    assert.deepEqual(reach.open.out, [
      "cnpg-system",
      "kube-system (but for hubble-generate-certs, hubble-relay, sealed-secrets)",
      "monitoring",
      "traefik",
      elsewhere,
    ]);
    const found: typeof allowed = {};
    for (const { from, to, ports } of connections) {
      if (typeof from !== "string" || typeof to !== "string") continue;
      if (free.includes(from) && free.includes(to)) {
        assert.ok(isEveryPort(ports), `${from} -> ${to}`);
        continue;
      }
      (found[from] ??= {})[to] = portNames(ports).join(" ");
    }
    assert.deepEqual(found, allowed);
  });

  it("lets only these leave the cluster by address, and nobody in", () => {
    const { connections: rows } = reachOf(set, { connections, podGroups }, { stack: "musashi" });
    const names = new Set(podGroups.list().map(({ name }) => name));
    assert.deepEqual(
      rows.filter(({ to }) => !names.has(to)).map(({ from, to, ports }) => [from, to, ports.join(" ")]),
      [
        ["cert-manager/controller", "1.1.1.1, 8.8.8.8", dns],
        ["miniflux", "internet", "80 443"],
        ["n8n", "internet", "80 443"],
      ],
    );
    assert.deepEqual(
      rows.filter(({ from }) => !names.has(from)),
      [],
    );
  });

  it("lets only these leave the cluster by name", () => {
    const { rules } = reachOf(set, { connections, podGroups }, { stack: "musashi" });
    assert.deepEqual(
      rules.filter(({ to }) => /[a-z]\.[a-z]/.test(to)).map(({ from, to }) => `${from} -> ${to}`),
      [
        "backstage -> api.github.com",
        "backstage -> github.com",
        "cert-manager/controller -> acme-v02.api.letsencrypt.org",
        "cert-manager/controller -> api.cloudflare.com",
        "harbor/core -> ghcr.io",
        "harbor/core -> pkg-containers.githubusercontent.com",
        "harbor/jobservice -> ghcr.io",
        "harbor/jobservice -> pkg-containers.githubusercontent.com",
        "harbor/trivy -> ghcr.io",
        "harbor/trivy -> mirror.gcr.io",
        "harbor/trivy -> pkg-containers.githubusercontent.com",
        "velero as velero-server -> *.compat.objectstorage.sa-saopaulo-1.oraclecloud.com",
      ],
    );
  });
});

describe("netpol-analyzer", () => {
  let path: string;
  before(async function () {
    path = await analyzer(this);
  });
  const rowsOf = async (...manifests: Manifest[]) => {
    const set = policySet(manifests);
    const podGroups = new PodGroups([set]);
    const { connections } = reachOf(
      set,
      { connections: await analyze(path, set, podGroups), podGroups },
      { stack: "x" },
    );
    return connections.map(({ from, to, ports }) => `${from} -> ${to}: ${ports.join(" ")}`);
  };

  it("knows what a shop's policies allow", async () =>
    assert.deepEqual(await rowsOf(...shop), [
      "gateway -> shop/web: 8080",
      "shop -> kube-system/kube-dns: 53 53/UDP",
      "shop/web -> 203.0.113.0/24: 443",
      "shop/web -> shop/db: 5432",
    ]));

  it("finds everything open without a policy", async () => {
    assert.deepEqual(await rowsOf(), []);
    const podGroups = new PodGroups([policySet([deny("a")])]);
    const connections = await analyze(path, policySet([]), podGroups);
    assert.ok(
      connections.some(({ from, to, ports }) => from === "a" && to === elsewhere && isEveryPort(ports)),
    );
  });

  it("tells whether pods of one kind reach each other", async () => {
    const peers = standard("a", "peers", {
      podSelector: {},
      ingress: [{ from: [{ podSelector: {} }], ports: tcp(7) }],
      egress: [{ to: [{ podSelector: {} }], ports: tcp(7) }],
    });
    assert.deepEqual(await rowsOf(deny("a"), peers), ["a -> a: 7"]);
    assert.deepEqual(await rowsOf(deny("a")), []);
  });

  it("is not misled by IPv6, which it would take for IPv4", async () => {
    const egress = (...cidrs: string[]) =>
      standard("a", "out", {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [{ to: cidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: tcp(443) }],
      });
    assert.deepEqual(await rowsOf(deny("a"), egress("192.0.2.0/24", "::/0")), ["a -> 192.0.2.0/24: 443"]);
    assert.deepEqual(await rowsOf(deny("a"), egress("::/0")), []);
  });

  it("says what it cannot read", async () => {
    const broken = standard("a", "broken", {
      podSelector: {},
      egress: [{ to: [{ ipBlock: { cidr: "1.2.3.4/88" } }] }],
    });
    await assert.rejects(rowsOf(deny("a"), broken), {
      name: "UserError",
      message: /^netpol-analyzer cannot tell who reaches whom:\n.*a\/broken.*1\.2\.3\.4\/88$/s,
    });
  });

  it("shows what a change opens and closes", async () => {
    const to = (namespace: string, port: number) =>
      standard("backstage", "out", {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [{ to: [inNamespace(namespace)], ports: tcp(port) }],
      });
    const into = (port: number) =>
      standard("n8n", "in", {
        podSelector: {},
        ingress: [{ from: [inNamespace("backstage")], ports: tcp(port) }],
      });
    const sets = [
      [deny("backstage"), deny("n8n"), to("postgres", 5432)],
      [deny("backstage"), deny("n8n"), to("n8n", 5678), into(5678)],
      [deny("backstage"), deny("n8n"), to("n8n", 5678), into(5679)],
    ].map(policySet);
    const podGroups = new PodGroups(sets);
    const [before, after, mismatched] = await Promise.all(
      sets.map(async (set) => ({ set, connections: await analyze(path, set, podGroups) })),
    );
    assert.deepEqual(differenceOf(before!, after!, podGroups), [
      "closes backstage -> postgres:5432",
      "opens backstage -> n8n:5678",
    ]);
    // Both ends have to allow it.
    assert.deepEqual(differenceOf(before!, mismatched!, podGroups), ["closes backstage -> postgres:5432"]);
  });
});
