import assert from "node:assert/strict";
import { isSecret, type Capture, type Captured } from "../kit/capture.js";
import { rawSettings } from "./settings/fixtures.js";
import { needle } from "./answers.js";
import { musashi, run } from "./program.js";

/** Everything a resource waits for: by itself, by its parents, and by what those wait for. */
function waitsFor(stack: Capture, resource: Captured): Set<string> {
  const found = new Set<string>();
  const visit = (name: string | undefined): void => {
    if (name === undefined || found.has(name)) return;
    found.add(name);
    const next = stack.resources.find((candidate) => candidate.name === name);
    next?.dependencies.forEach(visit);
    visit(next?.parent);
  };
  resource.dependencies.forEach(visit);
  visit(resource.parent);
  return found;
}

describe("the stack", () => {
  for (const [name, raw] of Object.entries({ musashi, minimal: rawSettings({}) })) {
    it(`registers the same resources of ${name} with known and unknown values`, async () => {
      const known = (await run(raw)).stack.shape();
      assert.deepEqual((await run(raw, { preview: true })).stack.shape(), known);
      assert.ok(known.length > 90, `only ${known.length} resources`);
    });
  }

  it("starts nothing with pods before Cilium", async () => {
    const { stack } = await run(musashi);
    const releases = stack.ofType("kubernetes:helm.sh/v3:Release");
    assert.deepEqual(releases.map(({ inputs }) => inputs["name"]).sort(), [
      "cert-manager",
      "cilium",
      "harbor",
      "reloader",
      "reloader",
      "sealed-secrets",
      "velero",
    ]);
    for (const release of releases.filter(({ inputs }) => inputs["name"] !== "cilium")) {
      assert.ok(
        waitsFor(stack, release).has("cilium-cni-release"),
        `${release.name} does not wait for Cilium`,
      );
    }
  });

  const order: [first: string, then: string][] = [
    ["sealing-keys-first", "sealed-secrets-controller-release"],
    ["dns-api-token-secret", "issuers-letsencrypt-prod"],
    ["cert-manager-addon-release", "issuers-letsencrypt-prod"],
    ["issuers-letsencrypt-prod", "certificates-harbor-harbor-tls"],
    ["namespaces-harbor", "certificates-harbor-harbor-tls"],
    ["certificates-harbor-harbor-tls", "harbor-chart-release"],
    ["backups-storage-bucket", "backups-velero-chart-release"],
  ];
  for (const [first, then] of order) {
    it(`has ${first} before ${then}`, async () => {
      const { stack } = await run(musashi);
      const names = stack.resources.map((resource) => resource.name);
      const resource = stack.resources.find(({ name }) => name === then);
      assert.ok(resource && names.includes(first), `registered:\n${names.sort().join("\n")}`);
      assert.ok(waitsFor(stack, resource).has(first));
    });
  }

  it("changes nothing in the cluster while node files are applied, which restarts its API server", async () => {
    const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKlci+SYFQKttaPeN3lP1USxuBDXN2DiMqQn465f4WGN";
    const nodes = ["a", "b"].map((name, index) => ({
      name,
      address: `192.0.2.${index + 1}`,
      ssh: { hostKey },
    }));
    const { stack } = await run(
      rawSettings({
        set: {
          "controlPlane.delivery": "ssh",
          "cluster.nodes": nodes,
          "cluster.controlPlaneEndpoint": "api.example.com:6443",
        },
      }),
    );
    const inCluster = stack.resources.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.ok(inCluster.length > 30);
    assert.deepEqual(
      inCluster.filter((resource) => !waitsFor(stack, resource).has("node-files-b")).map(({ name }) => name),
      [],
    );
  });

  it("isolates the namespaces of the settings once Cilium runs, and its own pods of kube-system", async () => {
    const { stack } = await run(musashi);
    const isolations = stack.resources.filter(({ type }) => /:(Namespace|Pod)Isolation$/.test(type));
    assert.deepEqual(isolations.map(({ name }) => name).sort(), [
      "isolation-backstage",
      "isolation-cert-manager",
      "isolation-harbor",
      "isolation-miniflux",
      "isolation-n8n",
      "isolation-postgres",
      "isolation-restore-drill",
      "isolation-restore-drill-restored",
      "isolation-system-pods",
      "isolation-velero",
    ]);
    for (const isolation of isolations) {
      const children = stack.resources.filter(({ parent }) => parent === isolation.name);
      assert.ok(children.length > 1);
      for (const child of children) {
        const before = waitsFor(stack, child);
        assert.ok(before.has("cilium-cni-release") && before.has("namespaces-harbor"), child.name);
      }
    }
    const inSystem = stack
      .ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy")
      .filter(({ inputs }) => inputs["metadata"].namespace === "kube-system");
    assert.deepEqual(
      [
        ...new Set(inSystem.map(({ inputs }) => JSON.stringify(inputs["spec"].podSelector.matchLabels))),
      ].sort(),
      [
        '{"app.kubernetes.io/instance":"sealed-secrets","app.kubernetes.io/name":"sealed-secrets"}',
        '{"k8s-app":"hubble-generate-certs"}',
        '{"k8s-app":"hubble-relay"}',
      ],
    );
  });

  it("switches Cilium to audit mode with the settings, and leaves HTTP rules out there", async () => {
    const both = async (network: Record<string, unknown>) => {
      const { stack } = await run(rawSettings({ set: network }));
      const release = stack.one("kubernetes:helm.sh/v3:Release", "cilium-cni-release");
      const policies = stack.ofType("kubernetes:cilium.io/v2:CiliumNetworkPolicy");
      const http = policies.filter(({ inputs }) => JSON.stringify(inputs).includes('"http":'));
      return [release.inputs["values"].policyAuditMode, http.map(({ name }) => name)];
    };
    assert.deepEqual(await both({}), [undefined, ["isolation-harbor-nginx-cilium"]]);
    assert.deepEqual(await both({ "network.enforcement": "audit", "network.allowUnenforced": true }), [
      true,
      [],
    ]);
  });

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

  it("labels what is unsealed, before the controller starts, where the API server can", async () => {
    const labelled = async (kubernetesVersion: string) => {
      const { stack } = await run(rawSettings({ set: { "cluster.kubernetesVersion": kubernetesVersion } }));
      const controller = stack.one("kubernetes:helm.sh/v3:Release", "sealed-secrets-controller-release");
      return {
        policies: stack.resources.filter(({ type }) => type.endsWith(":MutatingAdmissionPolicy")).length,
        before: waitsFor(stack, controller).has("unsealed-secrets-binding"),
      };
    };
    assert.deepEqual(await labelled("v1.36.0"), { policies: 1, before: true });
    assert.deepEqual(await labelled("v1.35.9"), { policies: 0, before: false });
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
