import assert from "node:assert/strict";
import { harborSecrets } from "../../../components/registry/harborCredentials.js";
import {
  harborReloadedDeployments,
  harborValues,
  type HarborValuesArgs,
} from "../../../components/registry/harborValues.js";
import { demandChart } from "../../kit/charts.js";
import { assertKnownValues } from "../../kit/chartValues.js";

const hostname = "harbor.example.com";

/** The value at a dotted path. */
function at(values: object, path: string): any {
  return path.split(".").reduce<any>((inner, key) => inner?.[key], values);
}

/** Every leaf with its dotted path. */
function leaves(value: unknown, path = ""): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key));
}

describe("harborValues", () => {
  const variants: Record<string, HarborValuesArgs> = {
    "the defaults": { hostname },
    "TLS at the Gateway": { hostname, tlsAt: "gateway" },
    "another class, sizes and monitoring": {
      hostname,
      storageClass: "ceph",
      sizes: { registry: "200Gi" },
      monitoring: { release: "kube-prometheus-stack" },
    },
  };
  for (const [name, args] of Object.entries(variants)) {
    it(`sets nothing that the chart does not have: ${name}`, function () {
      assertKnownValues(this, "harbor", harborValues(args));
    });
  }

  it("lets nginx end TLS with the certificate of cert-manager", () => {
    const { expose, externalURL, nginx } = harborValues({ hostname, tlsSecretName: "my-tls" }) as any;
    assert.deepEqual(expose, {
      type: "clusterIP",
      tls: { enabled: true, certSource: "secret", secret: { secretName: "my-tls" } },
      clusterIP: { name: "harbor", ports: { httpPort: 80, httpsPort: 443 } },
    });
    assert.equal(externalURL, "https://harbor.example.com");
    assert.deepEqual(nginx.podAnnotations, { "secret.reloader.stakater.com/reload": "my-tls" });
  });

  it("takes TLS off Harbor where the Gateway ends it, and still announces https", () => {
    const { expose, externalURL, nginx } = harborValues({ hostname, tlsAt: "gateway" }) as any;
    assert.deepEqual(expose.tls, { enabled: false });
    assert.equal(externalURL, "https://harbor.example.com");
    assert.equal(nginx?.podAnnotations, undefined);
  });

  it("scans every image for vulnerabilities, misconfigurations and secrets", () => {
    assert.deepEqual(harborValues({ hostname })["trivy"], {
      enabled: true,
      vulnType: "os,library",
      severity: "UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL",
      securityCheck: "vuln,config,secret",
    });
  });

  const references: [path: string, secret: string][] = [
    ["existingSecretAdminPassword", harborSecrets.admin],
    ["existingSecretSecretKey", harborSecrets.secretKey],
    ["core.existingSecret", harborSecrets.core],
    ["core.existingXsrfSecret", harborSecrets.xsrf],
    ["core.secretName", harborSecrets.tokenSigning],
    ["jobservice.existingSecret", harborSecrets.jobservice],
    ["registry.existingSecret", harborSecrets.registry],
    ["registry.credentials.existingSecret", harborSecrets.registryUser],
    ["database.external.existingSecret", harborSecrets.database],
    ["database.internal.extraEnvVars.0.valueFrom.secretKeyRef.name", harborSecrets.database],
  ];
  for (const [path, secret] of references) {
    it(`takes ${path} from our Secret ${secret}`, () => {
      assert.equal(at(harborValues({ hostname }), path), secret);
    });
  }

  it("uses each of our Secrets", () => {
    const used = new Set(references.map(([, secret]) => secret));
    assert.deepEqual([...used].sort(), Object.values(harborSecrets).sort());
  });

  it("holds no credential, only names of Secrets", () => {
    const names: unknown[] = ["", "HARBOR_ADMIN_PASSWORD", ...Object.values(harborSecrets)];
    const suspicious = leaves(harborValues({ hostname })).filter(
      ([path, value]) =>
        /password|passwd|secretKey$|\.secret$|token|xsrf/i.test(path) && !names.includes(value),
    );
    assert.deepEqual(suspicious, []);
  });

  it("leaves no default password of the chart in its values", function () {
    const defaults = demandChart(this, "harbor").defaults();
    // Those of storage backends are no passwords but placeholders, and are rendered for such a backend only.
    const publicDefaults = leaves(defaults).filter(
      ([path, value]) =>
        /(password|^secretKey)$/i.test(path) &&
        value !== "" &&
        !path.startsWith("persistence.imageChartStorage"),
    );
    assert.deepEqual(publicDefaults.map(([path]) => path).sort(), [
      "database.external.password",
      "database.internal.password",
      "harborAdminPassword",
      "registry.credentials.password",
      "secretKey",
    ]);
    for (const [path] of publicDefaults) assert.equal(at(harborValues({ hostname }), path), "", path);
  });

  it("keeps volumes one pod may mount, and what is on them", () => {
    const values = harborValues({
      hostname,
      storageClass: "ceph",
      sizes: { database: "9Gi", jobservice: "2Gi" },
    });
    const claim = (size: string) => ({ storageClass: "ceph", accessMode: "ReadWriteOnce", size });
    assert.deepEqual(values["persistence"], {
      enabled: true,
      resourcePolicy: "keep",
      persistentVolumeClaim: {
        registry: claim("50Gi"),
        database: claim("9Gi"),
        redis: claim("1Gi"),
        jobservice: { jobLog: claim("2Gi") },
        trivy: claim("5Gi"),
      },
    });
    assert.deepEqual(values["updateStrategy"], { type: "Recreate" });
  });

  const annotated: [string, HarborValuesArgs, Record<string, string> | undefined][] = [
    ["local-path makes local volumes, which Velero can back up", { hostname }, { volumeType: "local" }],
    ["another class is left alone", { hostname, storageClass: "ceph" }, undefined],
    ["claims that exist keep what they have", { hostname, volumeAnnotations: {} }, undefined],
    ["annotations are the caller's to choose", { hostname, volumeAnnotations: { a: "b" } }, { a: "b" }],
  ];
  for (const [name, args, expected] of annotated) {
    it(name, () => {
      const { persistentVolumeClaim: claims } = harborValues(args)["persistence"] as any;
      for (const claim of [
        claims.registry,
        claims.database,
        claims.redis,
        claims.jobservice.jobLog,
        claims.trivy,
      ]) {
        assert.deepEqual(claim.annotations, expected);
      }
    });
  }

  it("has metrics only where somebody collects them", () => {
    assert.deepEqual(harborValues({ hostname })["metrics"], {
      enabled: false,
      serviceMonitor: { enabled: false },
    });
    assert.deepEqual(harborValues({ hostname, monitoring: { release: "prom" } })["metrics"], {
      enabled: true,
      serviceMonitor: { enabled: true, additionalLabels: { release: "prom" } },
    });
  });

  it("asks for a restart of no workload but those a Reloader is told of, and never over the data's own keys", () => {
    const values = harborValues({ hostname }) as any;
    const asking = Object.keys(values).filter((key) => values[key]?.podAnnotations !== undefined);
    assert.deepEqual(asking.map((key) => `harbor-${key}`).sort(), [...harborReloadedDeployments].sort());
    for (const key of asking) {
      const names = values[key].podAnnotations["secret.reloader.stakater.com/reload"].split(",");
      assert.ok(!names.includes(harborSecrets.secretKey) && !names.includes(harborSecrets.database), key);
    }
  });
});
