import assert from "node:assert/strict";
import { parseFlow } from "../../../../components/network/isolation/parse.js";
import { resolveFlow, type FlowSetting } from "../../../../components/network/isolation/resolve.js";

describe("resolveFlow", () => {
  const known = {
    db: [{ name: "main", pods: "main", labels: { app: "db" }, ports: [{ port: 5432, podPort: 5432 }] }],
  };
  const flow = (sentence: string, options: Omit<FlowSetting, "flow"> = {}) =>
    resolveFlow({ flow: parseFlow(sentence), ...options }, known);

  it("keeps to the pods of a Service whose port is given", () => {
    assert.deepEqual(flow("shop -> db/main:1", { podPort: 9000 }).to, {
      kind: "pods",
      namespace: "db",
      name: "main",
      labels: { app: "db" },
    });
    assert.throws(() => flow("shop -> shop/web:80", { podPort: 80 }), {
      message:
        "the pods behind shop/web are not known here; name them as its selector does, such as podLabels: { app: web }",
    });
  });

  it("begins at some pods of a namespace", () => {
    const labels = { app: "web" };
    for (const sentence of ["shop -> db:5432", "shop/web -> db:5432"]) {
      const { from } = flow(sentence, { fromLabels: labels });
      assert.ok(from.kind === "pods");
      assert.deepEqual([from.namespace, from.labels], ["shop", labels]);
    }
  });

  it("takes UDP out of the cluster, and to nodes", () => {
    for (const [sentence, number] of [
      ["shop -> 192.168.1.1:53", 53],
      ["shop -> nodes:53", 53],
      ["shop -> internet: time.example.org:123", 123],
    ] as const)
      assert.deepEqual(flow(sentence, { protocol: "UDP" }).ports, [{ number, protocol: "UDP" }]);
  });

  const refused: Record<string, [options: Omit<FlowSetting, "flow">, message: string]> = {
    "shop -> internet: *": [
      { protocol: "UDP" },
      'protocol is for a flow to a port, and "shop -> internet: *" names none; take it out if TCP is meant',
    ],
    "shop -> db:5432": [
      { serviceAccount: "web", fromLabels: { app: "web" } },
      "serviceAccount and fromLabels both say which pods open the connection; take one of them out",
    ],
    "nodes -> db:5432": [
      { fromLabels: { app: "web" } },
      'fromLabels is for a flow from a namespace, and "nodes -> db:5432" has none; take it out if the wider flow is meant',
    ],
  };
  for (const [sentence, [options, message]] of Object.entries(refused)) {
    it(`refuses ${Object.keys(options).join(" and ")} with ${sentence}`, () =>
      assert.throws(() => flow(sentence, options), { name: "FlowError", message }));
  }
});
