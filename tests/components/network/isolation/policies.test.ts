import assert from "node:assert/strict";
import fc from "fast-check";
import { exemptNamespaces } from "../../../../components/network/isolation/exempt.js";
import {
  apiServer,
  internet,
  nodes,
  pods,
  podsAs,
  tcp,
  toApiServer,
  toDns,
  type Flow,
  type HttpRule,
  type Place,
} from "../../../../components/network/isolation/flow.js";
import {
  defaultDenySpec,
  policiesOf,
  type Policies,
} from "../../../../components/network/isolation/policies.js";
import { undoneHttp } from "../../../../components/network/isolation/narrowing.js";
import { resolveFlow } from "../../../../components/network/isolation/resolve.js";
import { allows } from "./allows.js";

const spaces = ["backstage", "harbor", "postgres", "web"];
const labels = fc.constantFrom("core", "db", "ui").map((app) => ({ app }));
const podsPlace = fc.oneof(
  fc.constantFrom(...spaces).map((namespace): Place => ({ kind: "pods", namespace })),
  fc
    .tuple(fc.constantFrom(...spaces), labels)
    .map(([namespace, set]): Place => pods(namespace, set.app, set)),
  fc
    .tuple(fc.constantFrom(...spaces), fc.constantFrom("sa", "runner"))
    .map(([namespace, account]): Place => podsAs(namespace, account)),
);
const outside = fc.constantFrom<Place>(nodes, apiServer, internet, {
  kind: "networks",
  cidrs: ["198.51.100.0/24"],
});
const hosts = fc.constantFrom<Place>(
  { kind: "hosts", names: ["ghcr.io"] },
  { kind: "hosts", names: ["*.example.com", "example.com"] },
);
const ports = fc
  .uniqueArray(fc.constantFrom(53, 80, 443, 5432), { minLength: 1, maxLength: 3 })
  .map((numbers) => tcp(...numbers));
const http = fc.option(fc.constant<HttpRule[]>([{ method: "GET", path: "/v2/.*" }]), { nil: undefined });
const flow: fc.Arbitrary<Flow> = fc.oneof(
  fc.record({ from: podsPlace, to: fc.oneof(podsPlace, outside, hosts), ports }),
  fc.record({ from: outside, to: podsPlace, ports }),
  fc
    .record({ from: fc.oneof(podsPlace, outside), to: podsPlace, ports, http })
    .map(({ http: rules, ...rest }) => ({ ...rest, ...(rules ? { http: rules } : {}) })),
);
const flows = fc.array(flow, { maxLength: 12 });

/** Whether whoever is meant by the second is meant by the first as well. */
function includes(place: Place, other: Place): boolean {
  if (place.kind === "pods" && other.kind === "pods") {
    const all = place.labels === undefined && place.serviceAccount === undefined;
    return place.namespace === other.namespace && (all || place.name === other.name);
  }
  // The API server runs on the nodes, so what it may reach they may reach as well.
  if (place.kind === "kube-apiserver" && other.kind === "nodes") return true;
  return JSON.stringify(place) === JSON.stringify(other);
}

function specs({ standard, cilium }: Policies) {
  return { standard: [...standard.values()], cilium: [...cilium.values()] };
}

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

  it("hold HTTP rules under enforce alone, and the port in either case", () => {
    const only: Flow = {
      from: nodes,
      to: pods("harbor", "core", { app: "core" }),
      ports: tcp(8080),
      http: [{ method: "GET", path: "/v2/.*" }],
    };
    const toPorts = (enforcement: "enforce" | "audit") =>
      policiesOf("harbor", [only], enforcement).cilium.get("core")!.ingress![0]!.toPorts;
    const bare = [{ ports: [{ port: "8080", protocol: "TCP" }] }];
    assert.deepEqual(toPorts("audit"), bare);
    assert.deepEqual(toPorts("enforce"), [
      { ...bare[0], rules: { http: [{ method: "GET", path: "/v2/.*" }] } },
    ]);
  });

  it("let pods in by HTTP through Cilium's policy alone: a standard one would let in every request", () => {
    const from: Place = { kind: "pods", namespace: "web" };
    const to: Place = { kind: "pods", namespace: "harbor" };
    const only: Flow = { from, to, ports: tcp(80), http: [{ method: "GET", path: "/" }] };
    const { standard, cilium } = policiesOf("harbor", [only], "enforce");
    assert.equal(standard.size, 0);
    assert.equal(cilium.size, 1);
    assert.equal(policiesOf("harbor", [only], "audit").standard.size, 1);
  });

  it("show Cilium the answers of DNS where a host is allowed by name, and only there", () => {
    const all: Place = { kind: "pods", namespace: "harbor" };
    const dns = toDns({ kind: "pods", namespace: "harbor" });
    const named: Flow = { from: all, to: { kind: "hosts", names: ["ghcr.io"] }, ports: tcp(443) };
    const without = policiesOf("harbor", [dns], "enforce");
    assert.equal(without.cilium.size, 0);
    for (const enforcement of ["enforce", "audit"] as const) {
      const { standard, cilium } = policiesOf("harbor", [dns, named], enforcement);
      // The first host moves DNS nowhere.
      assert.deepEqual(standard, without.standard);
      assert.deepEqual(
        cilium.get("all-pods")!.egress!.map(({ toFQDNs, toPorts }) => [toFQDNs, toPorts[0]!.rules]),
        [
          [undefined, { dns: [{ matchPattern: "*" }] }],
          [[{ matchName: "ghcr.io" }], undefined],
        ],
      );
    }
  });

  it("reach the API server by the port of its process, and for one ServiceAccount", () => {
    const { cilium } = policiesOf("harbor", [toApiServer("harbor", "reloader")], "enforce");
    assert.deepEqual(
      [...cilium],
      [
        [
          "service-account-reloader",
          {
            endpointSelector: { matchLabels: { "k8s:io.cilium.k8s.policy.serviceaccount": "reloader" } },
            enableDefaultDeny: { ingress: false, egress: false },
            egress: [
              {
                toEntities: ["kube-apiserver"],
                toPorts: [{ ports: [{ port: "6443", protocol: "TCP" }] }],
              },
            ],
          },
        ],
      ],
    );
  });

  it("do not take the home network for the internet", () => {
    const from: Place = { kind: "pods", namespace: "n8n" };
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

  it("are known to refuse nothing where a plain flow lets every request through", () => {
    const web = pods("web", "ui", { app: "ui" });
    const all: Place = { kind: "pods", namespace: "web" };
    const networks = (...cidrs: string[]): Place => ({ kind: "networks", cidrs });
    const rules: HttpRule[] = [{ method: "GET", path: "/" }];
    const cases: [plain: [Place, Place], narrowed: [Place, Place], undone: boolean][] = [
      [[nodes, web], [nodes, web], true],
      [[nodes, all], [nodes, web], true],
      [[nodes, web], [nodes, all], false],
      [[apiServer, web], [nodes, web], true],
      [[internet, web], [nodes, web], false],
      [[internet, web], [networks("198.51.100.0/24"), web], true],
      [[internet, web], [networks("10.0.0.0/7"), web], false],
      [[networks("198.51.100.0/24"), web], [networks("198.51.100.7/32"), web], true],
      [[networks("198.51.100.7/32"), web], [networks("198.51.100.0/24"), web], false],
      [[networks("::/0"), web], [networks("198.51.100.0/24"), web], false],
      [[all, web], [podsAs("web", "sa"), web], true],
      [[podsAs("web", "sa"), web], [all, web], false],
      [[podsAs("web", "sa"), web], [podsAs("web", "sa"), web], true],
      [[podsAs("web", "sa"), web], [podsAs("web", "runner"), web], false],
    ];
    for (const [[from, to], [narrowFrom, narrowTo], undone] of cases) {
      const flows: Flow[] = [
        { from: narrowFrom, to: narrowTo, ports: tcp(80), http: rules },
        { from, to, ports: tcp(79, 80) },
      ];
      const label = JSON.stringify(flows);
      assert.deepEqual(undoneHttp(flows), undone ? [{ narrowed: 0, plain: 1 }] : [], label);
      assert.deepEqual(undoneHttp([flows[0]!, { ...flows[1]!, ports: tcp(79) }]), [], label);
    }
  });

  it("cut off nothing that stays allowed, wherever a change of them stops", () => {
    fc.assert(
      fc.property(flows, flows, flows, fc.nat(), (kept, gone, added, stop) => {
        for (const namespace of spaces) {
          const dns = toDns({ kind: "pods", namespace });
          const [was, is] = [gone, added].map((more) =>
            policiesOf(namespace, [dns, ...kept, ...more], "enforce"),
          );
          // As they are registered: Cilium's in any order, then the standard ones; what is gone goes last.
          const steps = [...is!.cilium.keys(), ...is!.standard.keys()].length;
          const done = stop % (steps + 1);
          const between = {
            cilium: new Map([...was!.cilium, ...[...is!.cilium].slice(0, done)]),
            standard: new Map([
              ...was!.standard,
              ...[...is!.standard].slice(0, Math.max(0, done - is!.cilium.size)),
            ]),
          };
          for (const one of [dns, ...kept])
            for (const [direction, place] of [
              ["ingress", one.to],
              ["egress", one.from],
            ] as const)
              if (place.kind === "pods" && place.namespace === namespace)
                assert.ok(allows(between, one, direction), JSON.stringify(one));
        }
      }),
    );
  });

  it("refuse one name for two groups of pods", () => {
    const flowTo = (app: string): Flow => ({ from: nodes, to: pods("web", "same", { app }), ports: tcp(80) });
    assert.throws(() => policiesOf("web", [flowTo("a"), flowTo("b")], "enforce"), {
      message: '"same" of web means [[["app","a"]],null], and [[["app","b"]],null] as well',
    });
  });

  it("tell groups of pods apart whose labels end alike, or are called like a group of the program", () => {
    const to = (podLabels: Record<string, string>) =>
      resolveFlow({ flow: "till -> web:80", podPort: 80, podLabels }, {}) as Flow;
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
