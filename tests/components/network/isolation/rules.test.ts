import assert from "node:assert/strict";
import fc from "fast-check";
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
  type Peer,
} from "../../../../components/network/isolation/flow.js";
import { policiesOf } from "../../../../components/network/isolation/policies.js";
import { undoneHttp } from "../../../../components/network/isolation/narrowing.js";
import { allows } from "./allows.js";
import { spaces, flows } from "./anyFlows.js";

describe("policies of flows", () => {
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
    const from: Peer = { kind: "pods", namespace: "web" };
    const to: Peer = { kind: "pods", namespace: "harbor" };
    const only: Flow = { from, to, ports: tcp(80), http: [{ method: "GET", path: "/" }] };
    const { standard, cilium } = policiesOf("harbor", [only], "enforce");
    assert.equal(standard.size, 0);
    assert.equal(cilium.size, 1);
    assert.equal(policiesOf("harbor", [only], "audit").standard.size, 1);
  });

  it("show Cilium the answers of DNS where a host is allowed by name, and only there", () => {
    const all: Peer = { kind: "pods", namespace: "harbor" };
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

  it("are known to refuse nothing where a plain flow lets every request through", () => {
    const web = pods("web", "ui", { app: "ui" });
    const all: Peer = { kind: "pods", namespace: "web" };
    const networks = (...cidrs: string[]): Peer => ({ kind: "networks", cidrs });
    const rules: HttpRule[] = [{ method: "GET", path: "/" }];
    const cases: [plain: [Peer, Peer], narrowed: [Peer, Peer], undone: boolean][] = [
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
            for (const [direction, peer] of [
              ["ingress", one.to],
              ["egress", one.from],
            ] as const)
              if (peer.kind === "pods" && peer.namespace === namespace)
                assert.ok(allows(between, one, direction), JSON.stringify(one));
        }
      }),
    );
  });
});
