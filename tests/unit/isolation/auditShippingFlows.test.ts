import assert from "node:assert/strict";
import { auditShippingFlows } from "../../../components/control-plane/auditShippingFlows.js";
import type { Place } from "../../../components/network/isolation/flow.js";

describe("flows of Alloy", () => {
  const monitoring: Place = { kind: "pods", namespace: "monitoring" };
  const cases: [url: string, to: Place, port: number][] = [
    ["http://loki.monitoring.svc.cluster.local:3100", monitoring, 3100],
    ["http://loki.monitoring.svc:3100", monitoring, 3100],
    ["https://loki.example.com", { kind: "hosts", names: ["loki.example.com"] }, 443],
    [
      "http://loki.monitoring.svc.example.com",
      { kind: "hosts", names: ["loki.monitoring.svc.example.com"] },
      80,
    ],
  ];
  for (const [lokiUrl, to, number] of cases) {
    it(`lead to ${lokiUrl} and nowhere else`, () => {
      const flows = auditShippingFlows({ namespace: "audit-logs", lokiUrl, dnsDomain: "cluster.local" });
      assert.equal(flows.length, 1);
      assert.deepEqual([flows[0]!.to, flows[0]!.ports], [to, [{ number, protocol: "TCP" }]]);
    });
  }
});
