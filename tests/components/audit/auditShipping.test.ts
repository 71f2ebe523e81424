import assert from "node:assert/strict";
import {
  alloyValues,
  AuditShipping,
  configuration,
  type AuditShippingArgs,
} from "../../../components/audit/auditShipping.js";
import { auditLogPath } from "../../../components/control-plane/hardening/apiServer.js";
import { capture } from "../../kit/capture.js";
import { assertKnownValues } from "../../kit/chartValues.js";

const monitoring = { namespace: "monitoring", release: "kube-prometheus-stack" };
const lokiUrl = "http://loki.monitoring.svc.cluster.local:3100";
const run = (args: Partial<AuditShippingArgs> = {}) =>
  capture(() => new AuditShipping("audit-shipping", { namespace: "audit-logs", lokiUrl, ...args }));
const values = (args: Partial<Parameters<typeof alloyValues>[0]> = {}): any =>
  alloyValues({ configuration: "anything", ...args });

describe("audit shipping", () => {
  it("is one release that reads its configuration from a ConfigMap of ours", async () => {
    const found = await run({ monitoring, chartVersion: "1.11.0" });
    const release = found.one("kubernetes:helm.sh/v3:Release", "audit-shipping-chart-release");
    const { name, namespace, version } = release.inputs;
    assert.deepEqual([name, namespace, version], ["alloy", "audit-logs", "1.11.0"]);

    const { metadata, data } = found.one(
      "kubernetes:core/v1:ConfigMap",
      "audit-shipping-configuration",
    ).inputs;
    const { configMap } = release.inputs["values"].alloy;
    assert.deepEqual(configMap, { create: false, name: metadata.name, key: "audit-logs.alloy" });
    assert.equal(metadata.namespace, "audit-logs");
    assert.match(data[configMap.key], /\nkube_apiserver_audit "default" \{ \}\n$/);
    assert.deepEqual(found.one("cluster-security:addon:Addon").dependencies, [
      "audit-shipping-configuration",
    ]);
    assert.deepEqual(found.one("cluster-security:control-plane:AuditShipping").outputs, {
      configMapName: metadata.name,
    });
  });

  it("is only a configuration where an Alloy exists, and says how that one imports it", async () => {
    const found = await run({ mode: "snippet", namespace: "monitoring" });
    assert.deepEqual(found.ofType("kubernetes:helm.sh/v3:Release"), []);
    const { metadata, data } = found.one("kubernetes:core/v1:ConfigMap").inputs;
    assert.deepEqual(Object.keys(data), ["audit-logs.alloy", "import.alloy"]);
    assert.doesNotMatch(data["audit-logs.alloy"], /^kube_apiserver_audit/m, "nothing runs twice");
    const imported: string = data["import.alloy"];
    assert.match(imported, /namespace = "monitoring"/);
    assert.match(imported, new RegExp(`name      = "${metadata.name}"`));
    assert.match(imported, /\.data\["audit-logs\.alloy"\]/);
    assert.match(imported, /^audit_logs\.kube_apiserver_audit "default" \{ \}$/m);
  });

  it("has a dashboard where there is a Grafana", async () => {
    const withDashboard = await run({ monitoring });
    const { inputs } = withDashboard.one(
      "kubernetes:core/v1:ConfigMap",
      "audit-shipping-dashboard-config-map",
    );
    assert.equal(inputs["metadata"].namespace, "monitoring");
    assert.deepEqual((await run()).ofType("cluster-security:monitoring:Dashboard"), []);
  });

  it("restarts Alloy when its configuration changes, and only then", () => {
    const checksum = (url: string) =>
      values({ configuration: configuration({ auditLogPath, lokiUrl: url }) }).controller.podAnnotations;
    assert.deepEqual(checksum(lokiUrl), checksum(lokiUrl));
    assert.notDeepEqual(checksum(lokiUrl), checksum("https://loki.example.com"));
  });

  it("runs on control-plane nodes alone, tainted or not", () => {
    const { type, nodeSelector, tolerations } = values().controller;
    assert.equal(type, "daemonset");
    assert.deepEqual(nodeSelector, { "node-role.kubernetes.io/control-plane": "" });
    assert.deepEqual(tolerations, [
      { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
    ]);
  });

  it("sees the log's folder read-only and may write nowhere but where it keeps its place", () => {
    const { alloy, controller } = values();
    const paths: Record<string, string> = Object.fromEntries(
      controller.volumes.extra.map(({ name, hostPath }: any) => [name, hostPath.path]),
    );
    assert.deepEqual(
      alloy.mounts.extra.map(({ name, mountPath, readOnly }: any) => [paths[name], mountPath, readOnly]),
      [
        ["/var/log/kubernetes/audit", "/var/log/kubernetes/audit", true],
        ["/var/lib/alloy-audit-logs", alloy.storagePath, undefined],
      ],
    );
    assert.equal(alloy.securityContext.readOnlyRootFilesystem, true);
  });

  it("is root, whom the log belongs to, with no right besides", () => {
    const { alloy, rbac, serviceAccount } = values();
    assert.equal(alloy.securityContext.runAsUser, 0);
    assert.deepEqual(alloy.securityContext.capabilities, { drop: ["ALL"] });
    assert.equal(alloy.securityContext.allowPrivilegeEscalation, false);
    assert.deepEqual([rbac.create, serviceAccount.automountServiceAccountToken], [false, false]);
  });

  it("shows its metrics to Prometheus, where there is one, and leaves the network policies to the program", () => {
    assert.deepEqual(values().serviceMonitor, { enabled: false });
    assert.deepEqual(values({ monitoring }).serviceMonitor, {
      enabled: true,
      additionalLabels: { release: "kube-prometheus-stack" },
    });
    assert.deepEqual(values({ monitoring }).networkPolicy, { enabled: false });
  });

  it("uses values the chart has", function () {
    assertKnownValues(this, "alloy", values({ monitoring }));
  });
});
