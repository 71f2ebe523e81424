import assert from "node:assert/strict";
import { chartNames } from "../../components/common/charts.js";
import { isSecret } from "../kit/capture.js";
import { rawSettings } from "./settings/fixtures.js";
import { needle } from "./answers.js";
import { musashi, run } from "./program.js";

describe("the stack", () => {
  it("hands no generated credential to anything in plain", async () => {
    const { stack, outputs } = await run(rawSettings({}));
    const holders = stack.resources.filter(({ inputs }) => JSON.stringify(inputs).includes(needle));
    assert.ok(holders.length >= 10, `only ${holders.length} resources hold a credential`);
    const plain = holders.flatMap((resource) =>
      Object.entries(resource.inputs)
        .filter(([input, value]) => JSON.stringify(value).includes(needle) && !resource.isSecret(input))
        .map(([input]) => `${resource.name}: ${input}`),
    );
    assert.deepEqual(plain, []);
    for (const output of [
      "nodeFiles",
      "nodeBundles",
      "nodeReports",
      "nodeJobsSecretKey",
      "harborAdminPassword",
    ] as const) {
      assert.equal(await isSecret(outputs[output]!), true, output);
    }
    assert.equal(await isSecret(outputs.sealingCertificate), false);
  });

  it("has Velero leave out every Secret but the drill's sample: all of them come back from the state", async () => {
    for (const raw of [musashi, rawSettings({})]) {
      const secrets = (await run(raw)).stack.resources.filter(({ inputs }) => inputs["kind"] === "Secret");
      assert.ok(secrets.length >= 12, `only ${secrets.length} Secrets`);
      assert.deepEqual(
        secrets
          .filter(({ inputs }) => inputs["metadata"].labels?.["velero.io/exclude-from-backup"] !== "true")
          .map(({ name }) => name),
        // Nobody's secret, and there to be backed up and restored.
        ["restore-sample-secret"],
      );
    }
  });

  it("gives every release its own time limit of the settings", async () => {
    const limits = Object.fromEntries(chartNames.map((name, index) => [name, 1000 + index]));
    const { stack } = await run(
      rawSettings({
        set: {
          ...Object.fromEntries(chartNames.map((name) => [`releases.${name}.timeoutSeconds`, limits[name]])),
          "auditLogs.enabled": true,
        },
      }),
    );
    const releases = stack.resources.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
    const found = releases.map(({ inputs }) => {
      const { chart, timeout } = inputs as { chart: string; timeout: number };
      return [chart.replace(/^.*\//, ""), timeout] as const;
    });
    assert.deepEqual(Object.fromEntries(found), limits);
    assert.equal(found.length, chartNames.length + 1, "Reloader runs twice");
    for (const [chart, timeout] of found) assert.equal(timeout, limits[chart], chart);
  });

  it("protects everything whose loss would lose data", async () => {
    const { stack } = await run(rawSettings({}));
    assert.deepEqual(
      stack.resources
        .filter(({ protect }) => protect)
        .map(({ type, name }) => `${type.split(":").at(-1)} ${name}`)
        .sort(),
      [
        "Bucket backups-storage-bucket",
        "PrivateKey sealing-keys-first-private-key",
        "RandomPassword backups-velero-repository-password",
        "RandomPassword control-plane-encryption-key1",
        "RandomPassword harbor-credentials-database",
        "RandomPassword harbor-credentials-secret-key",
        "RandomPassword node-jobs-pg-dump-repository-password",
        "RandomPassword node-jobs-restic-host-repository-password",
        "RandomPassword node-jobs-restic-k8s-repository-password",
        "Secret backups-velero-repository-credentials",
        "Secret sealing-keys-first",
        "SelfSignedCert sealing-keys-first-certificate",
      ],
    );
  });

  it("generates nothing that guards data of a cluster that exists", async () => {
    const { stack } = await run(musashi);
    const generated = stack.resources
      .filter(({ type }) => /^(random|tls):/.test(type))
      .map(({ name }) => name)
      .sort();
    assert.ok(generated.length > 0);
    for (const name of generated)
      assert.doesNotMatch(name, /sealing|encryption|secret-key|database|repository|admin/);
  });

  it("takes over what exists only on a cluster that exists, and updates Secrets in place", async () => {
    for (const [raw, upsert] of [
      [musashi, "true"],
      [rawSettings({}), "false"],
    ] as const) {
      const provider = (await run(raw)).stack.one("pulumi:providers:kubernetes", "cluster");
      assert.equal(provider.inputs["upsertExistingObjects"], upsert);
      assert.equal(provider.inputs["enableSecretMutable"], "true");
    }
  });

  it("isolates the namespaces of the restore drill whatever the settings isolate, and has a Schedule for it", async () => {
    const drills = async (set: Record<string, unknown>) => {
      const { stack } = await run(
        rawSettings({ set: { "network.notIsolated": ["cert-manager", "velero"], ...set } }),
      );
      const alerts = JSON.stringify(
        stack.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs["spec"],
      );
      return [
        stack
          .ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy")
          .filter(({ inputs }) => inputs["metadata"].name === "default-deny")
          .map(({ inputs }) => inputs["metadata"].namespace)
          .sort(),
        stack.ofType("kubernetes:velero.io/v1:Schedule").map(({ inputs }) => inputs["metadata"].name),
        stack
          .ofType("kubernetes:core/v1:Namespace")
          .filter(({ name }) => name.includes("drill"))
          .map(({ inputs }) => inputs["metadata"].labels["pod-security.kubernetes.io/enforce"]),
        alerts.includes('restore_timestamp{prefix=\\"velero\\"}'),
      ];
    };
    assert.deepEqual(await drills({}), [
      ["harbor", "restore-drill", "restore-drill-restored"],
      ["restore-drill"],
      ["restricted", "restricted"],
      true,
    ]);
    assert.deepEqual(await drills({ "backups.jobs.restoreDrill.velero.enabled": false }), [
      ["harbor"],
      [],
      [],
      false,
    ]);
    // Nobody would restore anything.
    assert.deepEqual((await drills({ "backups.jobs.enabled": false }))[1], []);
  });

  it("is without Harbor, its namespace and its certificate's reader where the registry is off", async () => {
    const { stack } = await run(rawSettings({ set: { registry: { enabled: false } } }));
    assert.deepEqual(
      stack.shape().filter((name) => name.includes("harbor")),
      [],
    );
  });

  it("sends the audit log on from a namespace of its own, or by an Alloy that exists", async () => {
    const shipping = async (set: Record<string, unknown>) => {
      const { stack } = await run(rawSettings({ set: { "cluster.dnsDomain": "home.arpa", ...set } }));
      const [configMap] = stack.ofType("kubernetes:core/v1:ConfigMap").filter(({ name }) => {
        return name === "audit-shipping-configuration";
      });
      const [namespace] = stack.resources.filter(({ name }) => name === "namespaces-audit-logs");
      return {
        at: configMap?.inputs["metadata"].namespace,
        url: /url = "(.*)"/.exec(configMap?.inputs["data"]["audit-logs.alloy"] ?? "")?.[1],
        level: namespace?.inputs["metadata"].labels["pod-security.kubernetes.io/enforce"],
      };
    };
    assert.deepEqual(await shipping({}), { at: undefined, url: undefined, level: undefined });
    assert.deepEqual(await shipping({ "auditLogs.enabled": true }), {
      at: "audit-logs",
      url: "http://loki.monitoring.svc.home.arpa:3100/loki/api/v1/push",
      level: "privileged",
    });
    const snippet = { "auditLogs.enabled": true, "auditLogs.mode": "snippet" };
    assert.deepEqual(await shipping({ ...snippet, "auditLogs.loki.url": "https://loki.example.com" }), {
      at: "monitoring",
      url: "https://loki.example.com/loki/api/v1/push",
      level: undefined,
    });
  });

  it("encrypts between nodes by itself once there are several", async () => {
    const nodes = [1, 2].map((number) => ({ name: `node-${number}`, address: `192.0.2.${number}` }));
    const encryption = async (set: Record<string, unknown>) => {
      const { stack } = await run(rawSettings({ set }));
      return stack.one("kubernetes:helm.sh/v3:Release", "cilium-cni-release").inputs["values"].encryption;
    };
    const two = { "cluster.nodes": nodes, "cluster.controlPlaneEndpoint": "api.example.com:6443" };
    assert.equal((await encryption({})).enabled, false);
    assert.equal((await encryption(two)).type, "wireguard");
    assert.equal((await encryption({ ...two, "network.encryption": "none" })).enabled, false);
  });

  it("alerts about its own schedules, certificates and token, and tells the given receivers alone", async () => {
    const { stack } = await run(musashi);
    const rule = JSON.stringify(
      stack.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs["spec"],
    );
    for (const part of ["velero-daily", "traefik-letsencrypt-cert", Date.parse("2027-12-31") / 1000]) {
      assert.ok(rule.includes(String(part)), String(part));
    }
    const config = "kubernetes:monitoring.coreos.com/v1alpha1:AlertmanagerConfig";
    assert.equal(stack.ofType(config).length, 1);
    assert.equal((await run(rawSettings({}))).stack.ofType(config).length, 0);
  });

  it("has no metrics, alerts, receivers or dashboards where monitoring is off", async () => {
    const set = { "monitoring.enabled": false, "monitoring.receivers.telegram": {} };
    const { stack } = await run(rawSettings({ set }));
    assert.doesNotMatch(stack.shape().join("\n"), /monitoring|alert|dashboard/);
    const values = stack
      .ofType("kubernetes:helm.sh/v3:Release")
      .map(({ inputs }) => JSON.stringify(inputs["values"]));
    for (const text of values) assert.doesNotMatch(text, /"release":"kube-prometheus-stack"/);
  });
});
