import assert from "node:assert/strict";
import fc from "fast-check";
import { exemptNamespaces } from "../../../../components/network/isolation/exempt.js";
import {
  internet,
  nodes,
  pods,
  podsAs,
  tcp,
  toDns,
  type Flow,
  type Peer,
} from "../../../../components/network/isolation/flow.js";
import { defaultDenySpec, policiesOf } from "../../../../components/network/isolation/policies.js";
import { parseFlow } from "../../../../components/network/isolation/parse.js";
import { resolveFlow } from "../../../../components/network/isolation/resolve.js";
import { allows } from "./allows.js";
import { spaces, flow, flows, includes, specs } from "./anyFlows.js";

describe("policies of flows", () => {
  it("allow every flow where it begins and where it ends", () => {
    fc.assert(
      fc.property(flows, (list) => {
        for (const namespace of spaces) {
          const policies = policiesOf(namespace, list, "enforce");
          for (const one of list) {
            const { from, to } = one;
            if (to.kind === "pods" && to.namespace === namespace)
              assert.ok(allows(policies, one, "ingress"), `${JSON.stringify(one)} is not let in`);
            if (from.kind === "pods" && from.namespace === namespace)
              assert.ok(allows(policies, one, "egress"), `${JSON.stringify(one)} is not let out`);
          }
        }
      }),
    );
  });

  it("allow nothing without a flow", () => {
    let allowed = 0;
    fc.assert(
      fc.property(flows, flow, (list, probe) => {
        for (const [direction, own] of [
          ["ingress", probe.to],
          ["egress", probe.from],
        ] as const) {
          if (own.kind !== "pods") continue;
          const policies = policiesOf(own.namespace, list, "enforce");
          for (const port of probe.ports) {
            const one = { ...probe, ports: [port] };
            if (!allows(policies, one, direction)) continue;
            allowed++;
            assert.ok(
              list.some(
                ({ from, to, ports }) =>
                  includes(from, probe.from) &&
                  includes(to, probe.to) &&
                  ports.some(({ number }) => number === port.number),
              ),
              `${direction} of ${JSON.stringify(one)} comes of no flow`,
            );
          }
        }
      }),
      { numRuns: 800 },
    );
    assert.ok(allowed > 20, `only ${allowed} probes were let through`);
  });

  it("say the same whatever the order of the flows, and however often one is given", () => {
    const text = (list: Flow[]) =>
      JSON.stringify(
        spaces.map((namespace) => {
          const { standard, cilium } = policiesOf(namespace, list, "enforce");
          return [[...standard], [...cilium]];
        }),
      );
    fc.assert(
      fc.property(flows, (list) => {
        assert.equal(text([...list].reverse()), text(list));
        assert.equal(text([...list, ...list]), text(list));
      }),
    );
  });

  it("have no empty list, which Cilium refuses, and name both directions by what they hold", () => {
    fc.assert(
      fc.property(flows, fc.constantFrom("enforce" as const, "audit" as const), (list, enforcement) => {
        for (const namespace of spaces) {
          const { standard, cilium } = specs(policiesOf(namespace, list, enforcement));
          for (const spec of [...standard, ...cilium]) {
            assert.ok(spec.ingress || spec.egress);
            for (const rules of [spec.ingress, spec.egress])
              assert.ok(rules === undefined || rules.length > 0);
          }
          for (const { policyTypes, ingress, egress } of standard) {
            assert.deepEqual(policyTypes, [...(ingress ? ["Ingress"] : []), ...(egress ? ["Egress"] : [])]);
          }
        }
      }),
    );
  });

  it("do not take the home network for the internet", () => {
    const from: Peer = { kind: "pods", namespace: "n8n" };
    const { standard } = policiesOf("n8n", [{ from, to: internet, ports: tcp(443) }], "enforce");
    const blocks = standard.get("all-pods")!.egress![0]!.to!.map(({ ipBlock }) => ipBlock!);
    assert.deepEqual(
      blocks.map(({ cidr }) => cidr),
      ["0.0.0.0/0", "::/0"],
    );
    for (const range of ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"])
      assert.ok(blocks[0]!.except!.includes(range), range);
    assert.ok(blocks[1]!.except!.includes("fc00::/7"));
  });

  it("never select pods that are no subject, such as the cluster's DNS", () => {
    fc.assert(
      fc.property(flows, fc.constantFrom(...Object.keys(exemptNamespaces)), (list, namespace) => {
        const moved = JSON.parse(JSON.stringify(list).replaceAll('"harbor"', `"${namespace}"`)) as Flow[];
        const relay = pods(namespace, "relay", { app: "relay" });
        const { standard, cilium } = policiesOf(namespace, [...moved, toDns(relay)], "enforce", (group) =>
          ["relay"].includes(group.name ?? ""),
        );
        assert.deepEqual([...standard.keys(), ...cilium.keys()], ["relay"]);
        for (const { podSelector } of standard.values())
          assert.deepEqual(podSelector, { matchLabels: { app: "relay" } });
      }),
    );
  });

  it("name the sentences that they are made from, each once and in order", () => {
    const known = {
      harbor: [{ name: "core", pods: "core", labels: {}, ports: [{ port: 80, podPort: 8080 }] }],
    };
    const asked = ["till -> harbor/core:80", "bar -> harbor:80", "bar -> harbor:80"].map((sentence) =>
      resolveFlow({ flow: parseFlow(sentence) }, known),
    );
    const needed = { from: nodes, to: pods("harbor", "core", {}), ports: tcp(1) };
    const { standard, cilium, sentences } = policiesOf("harbor", [...asked, needed], "enforce");
    assert.deepEqual([[...standard.keys()], [...cilium.keys()]], [["core"], ["core"]]);
    assert.deepEqual(sentences, {
      standard: new Map([["core", ["bar -> harbor:80", "till -> harbor/core:80"]]]),
      cilium: new Map([["core", []]]),
    });
  });

  it("refuse one name for two groups of pods", () => {
    const flowTo = (app: string): Flow => ({ from: nodes, to: pods("web", "same", { app }), ports: tcp(80) });
    assert.throws(() => policiesOf("web", [flowTo("a"), flowTo("b")], "enforce"), {
      message: '"same" of web means [[["app","a"]],null], and [[["app","b"]],null] as well',
    });
  });

  it("tell groups of pods apart whose labels end alike, or are called like a group of the program", () => {
    const to = (podLabels: Record<string, string>) =>
      resolveFlow({ flow: parseFlow("till -> web:80"), podPort: 80, podLabels }, {});
    const groups: Record<string, string>[] = [
      { name: "web" },
      { "app.kubernetes.io/name": "web" },
      { all: "pods" },
      { default: "deny" },
      { "service-account": "till" },
      { core: "" },
      { a: "x".repeat(63), b: "y".repeat(63), c: "z".repeat(63), d: "z".repeat(63) },
    ];
    const own: Flow[] = [
      { from: { kind: "pods", namespace: "till" }, to: { kind: "pods", namespace: "web" }, ports: tcp(1) },
      { from: podsAs("web", "till"), to: nodes, ports: tcp(1) },
      { from: nodes, to: pods("web", "core", { app: "core" }), ports: tcp(1) },
    ];
    const { standard, cilium } = policiesOf("web", [...own, ...groups.map(to)], "enforce");
    const names = [...standard.keys(), ...cilium.keys()];
    assert.deepEqual(names.length, own.length + groups.length);
    for (const name of names) assert.match(name, /^[a-z0-9]([a-z0-9-]{0,100}[a-z0-9])?$/);
    assert.ok(!names.includes("default-deny"));
    const selected = [...standard.values()].map(({ podSelector }) => JSON.stringify(podSelector));
    assert.equal(new Set(selected).size, selected.length);
    assert.deepEqual(to({ name: "web" }).to, to({ name: "web" }).to);
  });

  it("begin with one that selects every pod and allows nothing", () => {
    assert.deepEqual(defaultDenySpec, { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });
});
