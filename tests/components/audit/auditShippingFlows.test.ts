import assert from "node:assert/strict";
import { auditShippingFlows } from "../../../components/audit/auditShippingFlows.js";
import { lokiTarget } from "../../../components/audit/lokiTarget.js";
import { nodes, pods, tcp, type Peer } from "../../../components/network/isolation/flow.js";
import { neighbourServices } from "../../../components/network/isolation/neighbours.js";

const targetOf = (lokiUrl: string, podPort?: number) =>
  lokiTarget({
    lokiUrl,
    podPort,
    dnsDomain: "cluster.local",
    known: neighbourServices({ monitoring: { namespace: "monitoring", release: "kps" }, nodeMetrics: [] }),
    nodeAddresses: ["192.0.2.10"],
  });

describe("flows of Alloy", () => {
  const name = { "app.kubernetes.io/name": "loki" };
  const loki = pods("monitoring", "loki", name);
  const gateway = pods("monitoring", "loki-gateway", { ...name, "app.kubernetes.io/component": "gateway" });
  const hosts = (...names: string[]): Peer => ({ kind: "hosts", names });
  const networks = (...cidrs: string[]): Peer => ({ kind: "networks", cidrs });
  const elsewhere: Peer = { kind: "pods", namespace: "elsewhere" };
  const cases: [url: string, to: Peer, port: number, podPort?: number][] = [
    ["http://loki.monitoring.svc.cluster.local:3100", loki, 3100],
    ["http://loki.monitoring.svc.cluster.local.:3100", loki, 3100],
    ["http://loki.monitoring.svc:3100", loki, 3100],
    ["http://loki.monitoring.svc:3100", loki, 3101, 3101],
    // The port of the Service is 80, the one of the pods 8080.
    ["http://loki-gateway.monitoring.svc", gateway, 8080],
    ["http://loki-gateway.monitoring.svc.cluster.local:80", gateway, 8080],
    ["http://logs.elsewhere.svc", elsewhere, 8080, 8080],
    // A pod itself.
    ["http://loki-0.loki-headless.elsewhere.svc.cluster.local:3100", elsewhere, 3100],
    ["https://loki.example.com", hosts("loki.example.com"), 443],
    ["https://example.com.:8443", hosts("example.com"), 8443],
    ["http://loki.monitoring.svc.example.com", hosts("loki.monitoring.svc.example.com"), 80],
    ["http://192.168.1.5:3100", networks("192.168.1.5/32"), 3100],
    ["http://192.0.2.10:3100", nodes, 3100],
    ["http://[fd00::5]:3100", networks("fd00::5/128"), 3100],
  ];
  for (const [lokiUrl, to, port, podPort] of cases) {
    it(`lead to ${lokiUrl}${podPort ? ` with pods on ${podPort}` : ""} and nowhere else`, () => {
      const target = targetOf(lokiUrl, podPort);
      const flows = auditShippingFlows({ namespace: "audit-logs", loki: target });
      assert.equal(flows.length, 1);
      assert.deepEqual([flows[0]!.to, flows[0]!.ports], [to, tcp(port)]);
    });
  }

  const unknown = (service: string, port: number) =>
    `the port of the pods behind ${service}:${port} is not known here, and policies match that one, not the Service's; ` +
    `give it as podPort: kubectl -n ${service.split("/")[0]} get endpointslices -l kubernetes.io/service-name=${service.split("/")[1]}`;
  const refused: Record<string, [message: string, podPort?: number]> = {
    "http://logs.elsewhere.svc": [unknown("elsewhere/logs", 80)],
    "http://loki.monitoring.svc:80": [unknown("monitoring/loki", 80)],
    "http://loki.monitoring:3100": [
      '"loki.monitoring" may mean a Service, and which flow it needs is not known; write loki.monitoring.svc.cluster.local for a Service, or loki.monitoring. for a host of that name',
    ],
    "http://loki:3100": [
      '"loki" may mean a Service, and which flow it needs is not known; write loki.<namespace>.svc.cluster.local for a Service',
    ],
    "http://a.pod.cluster.local": [
      "a.pod.cluster.local is no Service; write <service>.<namespace>.svc.cluster.local",
    ],
    "http://loki.svc": ["loki.svc has no Service; write <service>.<namespace>.svc"],
    "https://loki.example.com": [
      "podPort is for a Service of the cluster, and loki.example.com is none; take podPort out",
      80,
    ],
  };
  for (const [lokiUrl, [message, podPort]] of Object.entries(refused)) {
    it(`are refused to ${lokiUrl}`, () =>
      assert.throws(() => targetOf(lokiUrl, podPort), { name: "FlowError", message }));
  }
});
