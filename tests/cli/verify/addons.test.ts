import "reflect-metadata";
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as x509 from "@peculiar/x509";
import { stringify } from "yaml";
import type { Status } from "../../../cli/verify/claim.js";
import { networkPolicies } from "../../../stacks/networkPolicies.js";
import {
  fakeTarget,
  findingOf,
  named,
  settingsWith,
  workload,
  type Answer,
  type FakeOptions,
} from "./fakeTarget.js";

/** What a claim finds in a cluster. */
type Case = [
  name: string,
  answers: Record<string, Answer>,
  status: Status,
  evidence: string | RegExp,
  options?: FakeOptions,
];

function claims(concern: string, claim: string, cases: Case[]): void {
  describe(`${concern}: ${claim}`, () => {
    for (const [name, answers, status, evidence, options] of cases) {
      it(`${status}: ${name}`, async () => {
        const finding = await findingOf(concern, claim, fakeTarget(answers, options));
        if (typeof evidence === "string") assert.equal(finding.evidence, evidence);
        else assert.match(finding.evidence, evidence);
        assert.equal(finding.status, status);
      });
    }
  });
}

const simulated: FakeOptions = { simulatedPods: true };
const recorded = (
  chart: "sealed-secrets" | "harbor" | "velero" | "cilium" | "cert-manager",
): FakeOptions => ({
  recorded: new Set([chart]),
});
const recordedEvidence = (chart: string): string =>
  `the release of ${chart} is recorded, not installed: its chart could not be had; give it by --charts`;

const withoutDrill = { "backups.jobs.restoreDrill.velero.enabled": false };
const condition = (type: string, status: string, message?: string) => ({
  conditions: [{ type, status, message }],
});
const deployments = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;
const daemonSets = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/daemonsets`;

{
  const path = `${deployments("kube-system")}/sealed-secrets-controller`;
  const label = "Deployment kube-system/sealed-secrets-controller";
  claims("Secrets in Git", "The sealed-secrets-controller runs", [
    [
      "it is ready",
      { [path]: workload("sealed-secrets-controller") },
      "proved",
      "sealed-secrets-controller 1/1 ready",
    ],
    [
      "it seems to be ready",
      { [path]: workload("sealed-secrets-controller") },
      "proved",
      "sealed-secrets-controller 1/1 ready (pods are simulated)",
      simulated,
    ],
    ["it is not ready", { [path]: workload("x", 0, 1) }, "failed", `${label} has 0 of 1 pods ready`],
    ["it wants no pod", { [path]: workload("x", 0, 0) }, "failed", `${label} wants no pod`],
    ["it is not there", {}, "failed", `there is no ${label}`],
    ["it is recorded", {}, "unchecked", recordedEvidence("sealed-secrets"), recorded("sealed-secrets")],
  ]);
}

claims("Secrets in Git", "The cluster holds a private key", [
  [
    "there is one",
    { "/api/v1/namespaces/kube-system/secrets": [named("sealed-secrets-key-a", {}, "kube-system")] },
    "proved",
    "active: kube-system/sealed-secrets-key-a",
  ],
  [
    "there is none",
    { "/api/v1/namespaces/kube-system/secrets": [] },
    "failed",
    "no Secret is labelled sealedsecrets.bitnami.com/sealed-secrets-key=active",
  ],
]);

{
  const path = "/apis/bitnami.com/v1alpha1/sealedsecrets";
  const sealed = (status?: object) => named("db", { spec: {}, status }, "apps");
  claims("Secrets in Git", "Every SealedSecret is decrypted", [
    ["it is", { [path]: [sealed(condition("Synced", "True"))] }, "proved", "Synced: apps/db"],
    [
      "it cannot be",
      { [path]: [sealed(condition("Synced", "False", "no key could decrypt secret"))] },
      "failed",
      "apps/db is not unsealed: no key could decrypt secret",
    ],
    [
      "nobody has answered",
      { [path]: [sealed()] },
      "failed",
      "apps/db is not unsealed: no controller has answered",
    ],
    [
      "nobody could answer",
      { [path]: [sealed()] },
      "unchecked",
      /^apps\/db: no controller has answered: no pod really/,
      simulated,
    ],
    [
      "a real controller has answered beside simulated pods",
      { [path]: [sealed(condition("Synced", "True"))] },
      "proved",
      "Synced: apps/db",
      simulated,
    ],
    ["there is none", { [path]: [] }, "unchecked", /^there is no SealedSecret; commit one/],
    ["the kind is unknown", {}, "failed", "the cluster knows no SealedSecrets"],
  ]);
  const keys = ["POSTGRES_HOST", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_PORT", "BACKEND_SECRET"];
  const db = (keys: string[]) =>
    named(
      "backstage-db",
      { spec: { encryptedData: Object.fromEntries(keys.map((key) => [key, "AgB"])) } },
      "backstage",
    );
  claims("Secrets in Git", "The backstage-db SealedSecret", [
    ["it has all", { [path]: [db(keys)] }, "proved", `backstage/backstage-db has ${keys.join(", ")}`],
    [
      "one is missing",
      { [path]: [db(keys.slice(1))] },
      "failed",
      "backstage/backstage-db has no POSTGRES_HOST",
    ],
    ["it is not there", { [path]: [] }, "unchecked", /ArgoCD brings it from backstage-gitops$/],
  ]);
}

{
  const applications = "/apis/argoproj.io/v1alpha1/applications";
  const secret = (id?: string) => ({
    metadata: {
      name: "s",
      namespace: "n",
      ...(id ? { annotations: { "argocd.argoproj.io/tracking-id": id } } : {}),
    },
  });
  claims("Secrets in Git", "No plain Secret comes from Git", [
    [
      "none does",
      { [applications]: [], "/api/v1/secrets": [secret(), secret("app:bitnami.com/SealedSecret:n/s")] },
      "proved",
      "none of 2 Secrets is applied from Git by ArgoCD",
    ],
    [
      "one does",
      { [applications]: [], "/api/v1/secrets": [secret("app:/Secret:n/s")] },
      "failed",
      "n/s is applied from Git as it is (app:/Secret:n/s)",
    ],
    [
      "nobody applies anything",
      { "/api/v1/secrets": [secret()] },
      "unchecked",
      /^ArgoCD, .* is not installed here$/,
    ],
  ]);
}

{
  const parts = ["core", "registry", "nginx", "portal", "jobservice"];
  const stateful = ["database", "redis", "trivy"];
  const containers = [{ name: "registry" }, { name: "registryctl" }];
  const env = (name: string, value: string) => ({ name, value });
  const whole: Record<string, Answer> = {
    ...Object.fromEntries(
      parts.map((part) => [
        `${deployments("harbor")}/harbor-${part}`,
        workload(`harbor-${part}`, 1, 1, containers),
      ]),
    ),
    ...Object.fromEntries(
      stateful.map((part) => [
        `/apis/apps/v1/namespaces/harbor/statefulsets/harbor-${part}`,
        workload(`harbor-${part}`),
      ]),
    ),
  };
  const claim = "Harbor runs in the harbor namespace";
  claims("Unscanned images", claim, [
    [
      "all eight are ready",
      whole,
      "proved",
      "harbor-core 1/1, harbor-registry 1/1, harbor-nginx 1/1, harbor-portal 1/1, harbor-jobservice 1/1, " +
        "harbor-database 1/1, harbor-redis 1/1, harbor-trivy 1/1 ready",
    ],
    [
      "two are not there and one is not ready",
      {
        ...whole,
        [`${deployments("harbor")}/harbor-core`]: () => ({ status: 404 }),
        "/apis/apps/v1/namespaces/harbor/statefulsets/harbor-trivy": () => ({ status: 404 }),
        [`${deployments("harbor")}/harbor-portal`]: workload("harbor-portal", 0, 2),
      },
      "failed",
      "there is no Deployment harbor/harbor-core, no StatefulSet harbor/harbor-trivy; " +
        "Deployment harbor/harbor-portal has 0 of 2 pods ready",
    ],
    [
      "the registry lacks a container",
      {
        ...whole,
        [`${deployments("harbor")}/harbor-registry`]: workload("harbor-registry", 1, 1, [
          { name: "registry" },
        ]),
      },
      "failed",
      "Deployment harbor/harbor-registry has the containers registry, not registry and registryctl",
    ],
    ["it is recorded", {}, "unchecked", recordedEvidence("harbor"), recorded("harbor")],
    [
      "it is left out",
      {},
      "unchecked",
      "the stack's settings leave Harbor out (registry.enabled)",
      { settings: { "registry.enabled": false } },
    ],
  ]);
  const trivy = (checks: string): Record<string, Answer> => ({
    "/apis/apps/v1/namespaces/harbor/statefulsets/harbor-trivy": workload("harbor-trivy", 1, 1, [
      {
        name: "trivy",
        env: [env("SCANNER_TRIVY_VULN_TYPE", "os,library"), env("SCANNER_TRIVY_SECURITY_CHECKS", checks)],
      },
    ]),
  });
  claims("Unscanned images", "Trivy checks", [
    [
      "it does",
      trivy("vuln,config,secret"),
      "proved",
      "SCANNER_TRIVY_VULN_TYPE=os,library, SCANNER_TRIVY_SECURITY_CHECKS=vuln,config,secret",
    ],
    [
      "it is as the chart has it",
      trivy("vuln"),
      "failed",
      "SCANNER_TRIVY_SECURITY_CHECKS lacks config; SCANNER_TRIVY_SECURITY_CHECKS lacks secret",
    ],
    ["it is not there", {}, "failed", "StatefulSet harbor/harbor-trivy does not exist"],
  ]);
  const routes = "/apis/gateway.networking.k8s.io/v1/namespaces/harbor/httproutes";
  const route = (status?: object, name = "traefik-gateway", namespace = "traefik") =>
    named(
      "harbor",
      { spec: { hostnames: ["harbor.example.com"], parentRefs: [{ name, namespace }] }, status },
      "harbor",
    );
  const text = "HTTPRoute harbor/harbor leads harbor.example.com from traefik/traefik-gateway";
  claims("Unscanned images", "Harbor is accessed at its public name", [
    [
      "it is",
      { [routes]: [route({ parents: [condition("Accepted", "True")] })] },
      "proved",
      `${text}, accepted`,
    ],
    [
      "the Gateway refuses it",
      { [routes]: [route({ parents: [condition("Accepted", "False", "no such listener")] })] },
      "failed",
      "HTTPRoute harbor/harbor is not Accepted: no such listener",
    ],
    [
      "no Gateway answers",
      { [routes]: [route()] },
      "failed",
      `${text}, but no Gateway controller has accepted it`,
    ],
    [
      "no Gateway could answer",
      { [routes]: [route()] },
      "unchecked",
      /but no Gateway controller has accepted it; check/,
      simulated,
    ],
    [
      "it hangs on another Gateway",
      { [routes]: [route(undefined, "other")] },
      "failed",
      "no HTTPRoute in harbor leads harbor.example.com from the Gateway traefik/traefik-gateway",
    ],
    [
      "it hangs on a Gateway of another namespace",
      { [routes]: [route(undefined, "traefik-gateway", "harbor")] },
      "failed",
      "no HTTPRoute in harbor leads harbor.example.com from the Gateway traefik/traefik-gateway",
    ],
    [
      "there are no HTTPRoutes",
      {},
      "failed",
      "the cluster knows no HTTPRoutes: the Gateway API is not installed",
    ],
  ]);
  claims("Unscanned images", "Every image pushed", [
    [
      "only Harbor knows",
      {},
      "unchecked",
      /curl -u admin https:\/\/harbor\.example\.com\/api\/v2\.0\/projects$/,
    ],
  ]);
}

{
  const issuers = "/apis/cert-manager.io/v1/clusterissuers";
  const directory = "https://acme-v02.api.letsencrypt.org/directory";
  const acme = (
    server = directory,
    key = "api-token",
    status: object | undefined = condition("Ready", "True"),
  ) =>
    named("letsencrypt-prod", {
      spec: {
        acme: {
          server,
          solvers: [{ dns01: { cloudflare: { apiTokenSecretRef: { name: "cloudflare-api-token", key } } } }],
        },
      },
      status,
    });
  claims("Expired TLS certs", "letsencrypt-prod uses", [
    [
      "it does",
      { [`${issuers}/letsencrypt-prod`]: acme() },
      "proved",
      `letsencrypt-prod: ${directory}, DNS-01 by Cloudflare, Ready`,
    ],
    [
      "nobody could answer",
      { [`${issuers}/letsencrypt-prod`]: { ...acme(), status: undefined } },
      "proved",
      `letsencrypt-prod: ${directory}, DNS-01 by Cloudflare`,
      simulated,
    ],
    [
      "nobody has answered",
      { [`${issuers}/letsencrypt-prod`]: { ...acme(), status: undefined } },
      "failed",
      "letsencrypt-prod is not ready: cert-manager has not answered",
    ],
    [
      "it asks another server, with another token",
      { [`${issuers}/letsencrypt-prod`]: acme("https://acme.example.com", "token") },
      "failed",
      `letsencrypt-prod asks https://acme.example.com, not ${directory}; ` +
        "letsencrypt-prod has no DNS-01 solver with the token cloudflare-api-token/api-token",
    ],
    [
      "the account was refused",
      {
        [`${issuers}/letsencrypt-prod`]: acme(
          directory,
          "api-token",
          condition("Ready", "False", "account gone"),
        ),
      },
      "failed",
      "letsencrypt-prod is not ready: account gone",
    ],
    ["it is not there", {}, "failed", "there is no ClusterIssuer letsencrypt-prod"],
    [
      "staging's is not there",
      { [`${issuers}/letsencrypt-prod`]: acme() },
      "failed",
      "there is no ClusterIssuer letsencrypt-staging",
      { settings: { "certificates.acme.environment": "staging" } },
    ],
  ]);
  claims("Expired TLS certs", "selfsigned-issuer issues", [
    [
      "it does",
      {
        [`${issuers}/selfsigned-issuer`]: named("x", {
          spec: { selfSigned: {} },
          status: condition("Ready", "True"),
        }),
      },
      "proved",
      "selfsigned-issuer: self-signed, Ready",
    ],
    [
      "it does not",
      {
        [`${issuers}/selfsigned-issuer`]: named("x", {
          spec: { ca: {} },
          status: condition("Ready", "True"),
        }),
      },
      "failed",
      "selfsigned-issuer is not self-signed",
    ],
  ]);
  claims("Expired TLS certs", "The Cloudflare token", [
    [
      "it is there",
      { "/api/v1/namespaces/cert-manager/secrets": [named("cloudflare-api-token")] },
      "proved",
      "Secret cert-manager/cloudflare-api-token is there, in cert-manager's own namespace",
    ],
    [
      "it is not",
      { "/api/v1/namespaces/cert-manager/secrets": [named("other")] },
      "failed",
      "there is no Secret cert-manager/cloudflare-api-token",
    ],
  ]);
}

describe("Expired TLS certs: certificates", () => {
  const settings = {
    "certificates.certificates": [
      {
        name: "web",
        namespace: "traefik",
        secretName: "web-tls",
        issuer: "letsencrypt-prod",
        dnsNames: ["example.com", "*.example.com"],
      },
    ],
  };
  const path = "/apis/cert-manager.io/v1/namespaces/traefik/certificates/web";
  const days = (count: number) => new Date(Date.now() + count * 86_400_000);

  async function certificateFor(names: string[], from: Date, until: Date): Promise<string> {
    const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned(
      {
        name: "CN=test",
        notBefore: from,
        notAfter: until,
        signingAlgorithm: algorithm,
        keys,
        extensions: [
          new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
        ],
      },
      webcrypto,
    );
    return Buffer.from(certificate.toString("pem")).toString("base64");
  }

  const spec = {
    secretName: "web-tls",
    dnsNames: ["example.com", "*.example.com"],
    issuerRef: { name: "letsencrypt-prod", kind: "ClusterIssuer" },
  };
  const ready = {
    ...condition("Ready", "True"),
    notAfter: days(60).toISOString(),
    renewalTime: days(30).toISOString(),
  };
  const find = (claim: string, answers: Record<string, Answer>, options: FakeOptions = {}) =>
    findingOf("Expired TLS certs", claim, fakeTarget(answers, { settings, ...options }));

  it("are asked for as the settings say", async () => {
    assert.deepEqual(await find("Each certificate is asked for", { [path]: named("web", { spec }) }), {
      status: "proved",
      evidence: "traefik/web (letsencrypt-prod): example.com, *.example.com",
    });
    const other = {
      secretName: "other",
      dnsNames: ["example.com"],
      issuerRef: { name: "selfsigned-issuer" },
    };
    assert.deepEqual(await find("Each certificate is asked for", { [path]: named("web", { spec: other }) }), {
      status: "failed",
      evidence:
        "traefik/web has the names example.com, not example.com, *.example.com; " +
        "traefik/web has the issuer Issuer selfsigned-issuer, not ClusterIssuer letsencrypt-prod; " +
        "traefik/web has the Secret other, not web-tls",
    });
    assert.deepEqual(await find("Each certificate is asked for", {}), {
      status: "failed",
      evidence: "there is no Certificate traefik/web",
    });
  });

  it("come from the issuer of the environment in use", async () => {
    const staging = { ...spec, issuerRef: { name: "letsencrypt-staging", kind: "ClusterIssuer" } };
    const finding = await find(
      "Each certificate is asked for",
      { [path]: named("web", { spec: staging }) },
      { settings: { ...settings, "certificates.acme.environment": "staging" } },
    );
    assert.equal(finding.status, "proved", finding.evidence);
  });

  it("are Ready, for these names, now", async () => {
    const secret = "/api/v1/namespaces/traefik/secrets/web-tls";
    const object = named("web", { spec, status: ready });
    const data = async (names: string[], from = -1, until = 60) => ({
      data: { "tls.crt": await certificateFor(names, days(from), days(until)) },
    });
    const claim = "Each certificate is Ready";
    const good = await find(claim, { [path]: object, [secret]: await data(spec.dnsNames) });
    assert.equal(good.status, "proved", good.evidence);
    assert.match(good.evidence, /^traefik\/web until /);

    const cases: [answers: Record<string, Answer>, evidence: RegExp][] = [
      [
        { [path]: object, [secret]: await data(["example.com"]) },
        /^traefik\/web is not for \*\.example\.com$/,
      ],
      [{ [path]: object, [secret]: await data(spec.dnsNames, -90, -1) }, /^traefik\/web has expired on /],
      [{ [path]: object, [secret]: await data(spec.dnsNames, 1) }, /^traefik\/web is not valid before /],
      [{ [path]: object }, /^the Secret traefik\/web-tls holds no certificate$/],
      [
        { [path]: named("web", { spec, status: condition("Ready", "False", "DNS problem") }) },
        /^traefik\/web is not Ready: DNS problem$/,
      ],
      [{ [path]: named("web", { spec }) }, /^traefik\/web is not Ready: cert-manager has not answered$/],
      [{}, /^there is no Certificate traefik\/web$/],
    ];
    for (const [answers, evidence] of cases) {
      const finding = await find(claim, answers);
      assert.equal(finding.status, "failed");
      assert.match(finding.evidence, evidence);
    }
    const silent = await find(claim, { [path]: named("web", { spec }) }, simulated);
    assert.equal(silent.status, "unchecked");
    assert.equal((await find(claim, {}, { settings: {} })).status, "unchecked");
  });

  it("are renewed in time", async () => {
    const claim = "Certificates are renewed";
    const status = (renewal?: number, end?: number) => ({
      [path]: named("web", {
        spec,
        status: {
          ...(renewal === undefined ? {} : { renewalTime: days(renewal).toISOString() }),
          ...(end === undefined ? {} : { notAfter: days(end).toISOString() }),
        },
      }),
    });
    assert.equal((await find(claim, status(30, 60))).status, "proved");
    const cases: [renewal: number | undefined, end: number | undefined, evidence: RegExp][] = [
      [undefined, 60, /^traefik\/web has no renewal planned$/],
      [60, 30, /^traefik\/web would be renewed after it expires$/],
      [-1, 30, /^traefik\/web should have been renewed on /],
    ];
    for (const [renewal, end, evidence] of cases) {
      const finding = await find(claim, status(renewal, end));
      assert.equal(finding.status, "failed");
      assert.match(finding.evidence, evidence);
    }
    assert.equal((await find(claim, status(), simulated)).status, "unchecked");
    assert.equal((await find(claim, {})).status, "failed");
  });
});

{
  const velero = "/apis/velero.io/v1/namespaces/velero";
  const path = `${deployments("velero")}/velero`;
  const withArgs = (...args: string[]) => ({ [path]: workload("velero", 1, 1, [{ name: "velero", args }]) });
  claims("Data loss", "Velero has volumes copied", [
    [
      "it does",
      withArgs("server", "--uploader-type=kopia", "--default-volumes-to-fs-backup"),
      "proved",
      "--uploader-type=kopia, --default-volumes-to-fs-backup",
    ],
    [
      "only where a pod asks for it",
      withArgs("--uploader-type=kopia", "--default-volumes-to-fs-backup=false"),
      "failed",
      "velero runs without --default-volumes-to-fs-backup",
    ],
    ["it is recorded", {}, "unchecked", recordedEvidence("velero"), recorded("velero")],
  ]);

  const url = "https://ns.compat.objectstorage.sa-saopaulo-1.oraclecloud.com";
  const location = (status: object | undefined, config: object = {}, bucket = "homelab-backups") => ({
    [`${velero}/backupstoragelocations/default`]: named("default", {
      spec: {
        provider: "aws",
        default: true,
        objectStorage: { bucket, prefix: "velero" },
        config: { region: "sa-saopaulo-1", s3Url: url, ...config },
      },
      status,
    }),
  });
  claims("Data loss", "Backups go to OCI", [
    ["they do", location({ phase: "Available" }), "proved", `homelab-backups/velero at ${url}, Available`],
    [
      "they cannot",
      location({ phase: "Unavailable", message: "403" }),
      "failed",
      "BackupStorageLocation default: it is Unavailable: 403",
    ],
    [
      "nobody has tried",
      location(undefined),
      "failed",
      "BackupStorageLocation default: it is not looked at yet",
    ],
    ["nobody could try", location(undefined), "unchecked", /but Velero has not tried to reach it/, simulated],
    [
      "they go elsewhere",
      location({ phase: "Available" }, { region: "us-east-1", s3Url: "https://s3.amazonaws.com" }, "other"),
      "failed",
      "BackupStorageLocation default: its bucket is other, not homelab-backups; BackupStorageLocation default: its region " +
        "is us-east-1, not sa-saopaulo-1; BackupStorageLocation default: https://s3.amazonaws.com is not the S3 API of sa-saopaulo-1",
    ],
    [
      "a simulated cluster is no excuse for the wrong bucket",
      location(undefined, {}, "other"),
      "failed",
      /^BackupStorageLocation default: its bucket is other/,
      simulated,
    ],
    ["there is none", {}, "failed", "there is no BackupStorageLocation velero/default"],
  ]);

  const settings = {
    ...withoutDrill,
    "backups.velero.schedules": [{ name: "apps-daily", namespaces: ["apps", "db"], cron: "0 2 * * *" }],
  };
  const schedule = (spec: object = {}, status?: object) => ({
    [`${velero}/schedules`]: [
      named("apps-daily", {
        spec: { schedule: "0 2 * * *", template: { includedNamespaces: ["db", "apps"] }, ...spec },
        status,
      }),
    ],
  });
  claims("Data loss", "Every schedule is there", [
    ["it is", schedule(), "proved", "apps-daily (0 2 * * *)", { settings }],
    ["it is paused", schedule({ paused: true }), "failed", "apps-daily is paused", { settings }],
    [
      "it is another",
      schedule({ schedule: "@weekly", template: {} }),
      "failed",
      'apps-daily runs at "@weekly", not at "0 2 * * *"; apps-daily backs up everything',
      { settings },
    ],
    [
      "Velero refuses it",
      schedule({}, { phase: "FailedValidation", validationErrors: ["bad cron"] }),
      "failed",
      "apps-daily: bad cron",
      { settings },
    ],
    [
      "it is not there",
      { [`${velero}/schedules`]: [] },
      "failed",
      "there is no Schedule apps-daily",
      { settings },
    ],
    ["the kind is unknown", {}, "failed", "the cluster knows no Schedules", { settings }],
    ["none is wanted", {}, "unchecked", /^the stack's settings list no schedule/, { settings: withoutDrill }],
    [
      "the restore drill's is not there",
      { [`${velero}/schedules`]: [] },
      "failed",
      "there is no Schedule restore-drill",
    ],
  ]);

  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const copy = (phase: string, hours: number, message?: string) => ({
    metadata: { name: `copy-${phase}-${hours}`, creationTimestamp: hoursAgo(hours) },
    spec: { pod: { namespace: "db", name: "db-0" }, volume: "data", uploaderType: "kopia" },
    status: { phase, message },
  });
  const copies = (...items: object[]) => ({ [`${velero}/podvolumebackups`]: items });
  claims("Data loss", "Kopia copies the data", [
    [
      "it does",
      copies(copy("Completed", 1), copy("Completed", 47), copy("Completed", 49), copy("Failed", 50)),
      "proved",
      "2 copies of volumes in the last 48 hours, none failed",
    ],
    [
      "one failed",
      copies(copy("Completed", 1), copy("Failed", 2, "disk on fire")),
      "failed",
      "data of db/db-0 was not copied: disk on fire",
    ],
    ["none was made of late", copies(copy("Completed", 49)), "unchecked", /^no backup of the last 48 hours/],
    [
      "no kubelet mounts a volume",
      copies(),
      "unchecked",
      "needs a kubelet, in whose folders Kopia reads the volumes of pods: no pod really runs on this cluster; check a " +
        "cluster with real nodes",
      simulated,
    ],
    ["the kind is unknown", {}, "failed", "the cluster knows no PodVolumeBackups"],
  ]);
  const backup = (phase: string, hours: number) => ({
    metadata: { name: `b${hours}`, labels: { "velero.io/schedule-name": "apps-daily" } },
    status: { phase, completionTimestamp: hoursAgo(hours) },
  });
  const backups = (...items: object[]) => ({ [`${velero}/backups`]: items });
  claims("Data loss", "Every schedule has a complete backup", [
    [
      "it has",
      backups(backup("Completed", 60), backup("Completed", 47)),
      "proved",
      /^apps-daily \d{4}-/,
      { settings },
    ],
    [
      "the last is too old",
      backups(backup("Completed", 49), backup("PartiallyFailed", 1)),
      "failed",
      /^apps-daily: the last complete backup is of \d{4}-/,
      { settings },
    ],
    ["there is none", backups(), "failed", "apps-daily: no complete backup", { settings }],
    [
      "nobody could make one",
      backups(),
      "unchecked",
      /^Velero makes no backup: no pod really/,
      { settings, ...simulated },
    ],
  ]);
}

describe("Data loss: jobs of the node", () => {
  let root: string;
  const folder = () => join(root, "etc/systemd/system");
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "node-"));
    mkdirSync(join(folder(), "timers.target.wants"), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const add = (timer: string, enabled: boolean) => {
    writeFileSync(join(folder(), timer), "");
    if (enabled) symlinkSync(`../${timer}`, join(folder(), "timers.target.wants", timer));
  };
  const find = (nodeRoot?: string) => findingOf("Data loss", "restic backs up", fakeTarget({}, { nodeRoot }));

  it("are on the node", async () => {
    const finding = await find();
    assert.equal(finding.status, "unchecked");
    assert.match(
      finding.evidence,
      /^restic-k8s-backup\.timer and restic-host-backup\.timer are on the node; run this /,
    );
  });

  it("have not been laid on the node", async () => {
    const finding = await find(root);
    assert.equal(finding.status, "unchecked");
    assert.match(
      finding.evidence,
      /^no restic-k8s-backup\.timer or restic-host-backup\.timer in \/etc\/systemd\/system/,
    );
  });

  it("are there, and wanted by the drop-in of the node files", async () => {
    mkdirSync(join(folder(), "timers.target.d"));
    const dropIn = join(folder(), "timers.target.d/backups.conf");
    writeFileSync(dropIn, "[Unit]\nWants=restic-k8s-backup.timer\nWants=restic-host-backup.timer\n");
    add("restic-k8s-backup.timer", false);
    add("restic-host-backup.timer", false);
    assert.equal((await find(root)).status, "proved");
    writeFileSync(dropIn, "[Unit]\nWants=restic-k8s-backup.timer\n");
    assert.equal((await find(root)).evidence, "restic-host-backup.timer is not enabled");
  });

  it("are there, and enabled", async () => {
    add("restic-k8s-backup.timer", true);
    assert.deepEqual(await find(root), {
      status: "failed",
      evidence: "the node has no restic-host-backup.timer",
    });
    add("restic-host-backup.timer", false);
    assert.deepEqual(await find(root), {
      status: "failed",
      evidence: "restic-host-backup.timer is not enabled",
    });
    rmSync(join(folder(), "restic-host-backup.timer"));
    add("restic-host-backup.timer", true);
    assert.equal((await find(root)).status, "proved");
  });
});

{
  const config = (data: object): Record<string, Answer> => ({
    "/api/v1/namespaces/kube-system/configmaps/cilium-config": { data },
  });
  const proxy = (ready: number): Record<string, Answer> => ({
    [`${daemonSets("kube-system")}/kube-proxy`]: workload("kube-proxy", ready, 2),
  });
  const replacement = { "kube-proxy-replacement": "false" };
  claims("Network isolation", "The standard kube-proxy", [
    [
      "it does",
      { ...config(replacement), ...proxy(2) },
      "proved",
      "kube-proxy 2/2 ready, kube-proxy-replacement false",
    ],
    [
      "it does not run",
      { ...config(replacement), ...proxy(1) },
      "failed",
      "kube-proxy is ready on 1 of 2 nodes",
    ],
    [
      "Cilium does",
      { ...config({ "kube-proxy-replacement": "true" }), ...proxy(2) },
      "failed",
      "cilium-config has kube-proxy-replacement true, not false",
    ],
    ["it is absent", config(replacement), "failed", "DaemonSet kube-system/kube-proxy does not exist"],
    [
      "it would be absent anyway",
      config(replacement),
      "unchecked",
      /^kube-proxy-replacement false; kube-proxy is absent/,
      simulated,
    ],
    ["Cilium is absent", {}, "failed", "there is no ConfigMap kube-system/cilium-config"],
    ["Cilium is recorded", {}, "unchecked", recordedEvidence("cilium"), recorded("cilium")],
  ]);
  const startedAt = (time?: string) => [
    named(
      "cilium-x",
      { status: { containerStatuses: [{ name: "cilium-agent", state: { running: { startedAt: time } } }] } },
      "kube-system",
    ),
  ];
  const changed = (data: object, ...times: string[]): Record<string, Answer> => ({
    "/api/v1/namespaces/kube-system/configmaps/cilium-config": {
      metadata: {
        name: "cilium-config",
        creationTimestamp: "2026-01-01T00:00:00Z",
        managedFields: times.map((time) => ({ time })),
      },
      data,
    },
  });
  const agents = (ready: number, started?: string): Record<string, Answer> => ({
    [`${daemonSets("kube-system")}/cilium`]: workload("cilium", ready, 2),
    "/api/v1/namespaces/kube-system/pods": startedAt(started),
  });
  const march = "2026-03-01T00:00:00Z";
  const enforcing = { ...changed({}, "2026-02-01T00:00:00Z"), ...agents(2, march) };
  const olderThan = (pods: string) =>
    "enable-policy default, but an agent reads cilium-config when it starts, and of these it is not known that they " +
    `started after its last change: ${pods}; kubectl -n kube-system rollout restart daemonset cilium`;
  const watching = config({ "policy-audit-mode": "true" });
  const watchingEvidence = (settings: string) =>
    `cilium-config has policy-audit-mode true, ${settings}: no network policy of the cluster is enforced, ` +
    "Cilium only reports what it would drop";
  const enforcedEvidence = "enable-policy default, cilium 2/2 ready, all started since the last change of it";
  claims("Network isolation", "Cilium enforces", [
    ["it does", enforcing, "proved", enforcedEvidence],
    ["it is not even there", {}, "failed", "there is no ConfigMap kube-system/cilium-config"],
    ["it is recorded", {}, "unchecked", recordedEvidence("cilium"), recorded("cilium")],
    [
      "its settings alone are there",
      changed({}),
      "failed",
      "cilium-config is there, but no DaemonSet kube-system/cilium that would read it",
    ],
    [
      "it does on one node",
      { ...changed({}), ...agents(1, march) },
      "failed",
      "cilium is ready on 1 of 2 nodes",
    ],
    [
      "nothing really runs",
      { ...changed({}), ...agents(2, march) },
      "unchecked",
      /^enable-policy default: no pod really runs/,
      simulated,
    ],
    [
      "it has been told since",
      { ...changed({}, "2026-02-01T00:00:00Z", "2026-03-02T00:00:00Z"), ...agents(2, march) },
      "unchecked",
      olderThan("kube-system/cilium-x"),
    ],
    ["it does not run", { ...changed({}), ...agents(2) }, "unchecked", olderThan("kube-system/cilium-x")],
    [
      "its pods are not found",
      { ...changed({}), ...agents(2, march), "/api/v1/namespaces/kube-system/pods": [] },
      "unchecked",
      olderThan("no pod with the label k8s-app=cilium"),
    ],
    ["it does not", config({ "enable-policy": "never" }), "failed", "cilium-config has enable-policy never"],
    [
      "it only watches, as the settings say",
      watching,
      "failed",
      watchingEvidence(
        "as the settings say (network.enforcement audit); docs/isolate-a-namespace.md goes on to enforce",
      ),
      { settings: { "network.enforcement": "audit", "network.allowUnenforced": true } },
    ],
    [
      "it only watches, whatever the settings say",
      watching,
      "failed",
      watchingEvidence("though the settings say network.enforcement enforce"),
    ],
  ]);
  const l7 = { "enable-l7-proxy": "true" };
  claims("Network isolation", "CiliumNetworkPolicy extends", [
    [
      "it does",
      { ...config(l7), "/apis/cilium.io/v2/ciliumnetworkpolicies": [named("a")] },
      "proved",
      "enable-l7-proxy true, CiliumNetworkPolicies known (1)",
    ],
    ["its kind is unknown", config(l7), "failed", "the cluster knows no CiliumNetworkPolicies"],
    ["nobody could bring its kind", config(l7), "unchecked", /^enable-l7-proxy true; /, simulated],
    [
      "it is off",
      { ...config({}), "/apis/cilium.io/v2/ciliumnetworkpolicies": [] },
      "failed",
      "cilium-config has enable-l7-proxy not set, not true",
    ],
  ]);
  const nodes = (count: number) => ({
    "/api/v1/nodes": Array.from({ length: count }, (_, index) => named(`n${index}`)),
  });
  claims("Network isolation", "Traffic between nodes", [
    [
      "there is none",
      { ...config({}), ...nodes(1) },
      "proved",
      "one node: no traffic between pods leaves it",
    ],
    [
      "there is some after all",
      { ...config({}), ...nodes(2) },
      "failed",
      "2 nodes talk to each other unencrypted (network.encryption none)",
    ],
    [
      "it is encrypted",
      { ...config({ "enable-wireguard": "true" }), ...nodes(2) },
      "proved",
      "enable-wireguard true",
      { settings: { "network.encryption": "wireguard" } },
    ],
    [
      "it should be encrypted",
      { ...config({}), ...nodes(2) },
      "failed",
      "cilium-config has WireGuard off",
      { settings: { "network.encryption": "wireguard" } },
    ],
  ]);
  const standardPath = "/apis/networking.k8s.io/v1/networkpolicies";
  const ciliumPath = "/apis/cilium.io/v2/ciliumnetworkpolicies";
  const clusterwidePath = "/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies";
  const notIsolated = ["cert-manager", "harbor", "velero"];
  const apps = {
    settings: {
      ...withoutDrill,
      "network.isolated": ["apps"],
      "network.notIsolated": notIsolated,
      "network.flows": ["apps -> 198.51.100.7:80", "apps -> internet: example.com"],
    },
  };
  const rendered = networkPolicies(settingsWith(apps.settings));
  const objects = (kinds: ("standard" | "denying" | "cilium")[]) =>
    [...rendered].flatMap(([namespace, policies]) =>
      kinds.flatMap((kind) => [...policies[kind]].map(([name, spec]) => named(name, { spec }, namespace))),
    );
  const live: Record<string, object[]> = {
    [standardPath]: objects(["denying", "standard"]),
    [ciliumPath]: objects(["cilium"]),
    [clusterwidePath]: [],
  };
  const count = live[standardPath]!.length + live[ciliumPath]!.length;
  const asSettings = `${count} policies in apps and kube-system are as the settings have them`;
  /** The policies with one more, or with one changed or taken away. */
  const plus = (path: string, spec: object, namespace: string | undefined = "apps") => ({
    ...live,
    [path]: [...live[path]!, named("more", { spec }, namespace)],
  });
  const changedOne = (path: string, name: string, change: (object: any) => object | undefined) => ({
    ...live,
    [path]: live[path]!.flatMap((object: any) =>
      object.metadata.name === name && object.metadata.namespace === "apps" ? (change(object) ?? []) : object,
    ),
  });
  const more = (kind: string, name = "apps/more") =>
    `${kind} ${name} is not of the settings and allows more; say what it is for in network.flows, or let it only deny`;
  const everybody = { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] };
  const world = [{ toEntities: ["world"] }];
  const inNamespace = (values: string[], operator = "In") => ({
    endpointSelector: {
      matchExpressions: [{ key: "k8s:io.kubernetes.pod.namespace", operator, values }],
    },
    egress: world,
  });
  const claim = "Each isolated namespace denies by default";
  claims("Network isolation", claim, [
    ["it does", live, "proved", asSettings, apps],
    [
      "and others deny more",
      plus(standardPath, { podSelector: {}, policyTypes: ["Ingress"] }),
      "proved",
      asSettings,
      apps,
    ],
    [
      "and others allow more elsewhere",
      plus(standardPath, everybody, "elsewhere"),
      "proved",
      asSettings,
      apps,
    ],
    [
      "and others deny by Cilium",
      plus(ciliumPath, { endpointSelector: {}, ingress: [{}], egressDeny: world }),
      "proved",
      asSettings,
      apps,
    ],
    [
      "and others allow more to the whole cluster but it",
      plus(clusterwidePath, inNamespace(["elsewhere"]), undefined),
      "proved",
      asSettings,
      apps,
    ],
    ["one beside it lets everybody in", plus(standardPath, everybody), "failed", more("NetworkPolicy"), apps],
    [
      "one beside it lets pods out by Cilium",
      plus(ciliumPath, { endpointSelector: {}, egress: world }),
      "failed",
      more("CiliumNetworkPolicy"),
      apps,
    ],
    ...(
      [
        ["one of the whole cluster reaches it", { endpointSelector: {}, egress: world }],
        ["one of the whole cluster names it", inNamespace(["elsewhere", "apps"])],
        ["one of the whole cluster names others it leaves out", inNamespace(["elsewhere"], "NotIn")],
      ] as const
    ).map(([name, spec]): Case => [
      name,
      { ...live, [clusterwidePath]: [{ metadata: { name: "wide" }, spec }] },
      "failed",
      more("CiliumClusterwideNetworkPolicy", "wide"),
      apps,
    ]),
    [
      "it no longer denies",
      changedOne(standardPath, "default-deny", () => undefined),
      "failed",
      "there is no NetworkPolicy apps/default-deny",
      apps,
    ],
    ...(
      [
        ["in one direction only", { policyTypes: ["Ingress"] }],
        ["for some pods only", { podSelector: { matchLabels: { a: "b" } } }],
        ["but for everybody", { ingress: [{}] }],
      ] as const
    ).map(([name, spec]): Case => [
      name,
      changedOne(standardPath, "default-deny", (object) => ({
        ...object,
        spec: { ...object.spec, ...spec },
      })),
      "failed",
      "NetworkPolicy apps/default-deny is not as the settings have it; pulumi up --refresh brings it back",
      apps,
    ]),
    [
      "one of Cilium's is gone",
      {
        ...live,
        [ciliumPath]: objects(["cilium"]).filter((object: any) => object.metadata.namespace !== "apps"),
      },
      "failed",
      "there is no CiliumNetworkPolicy apps/all-pods",
      apps,
    ],
    [
      "nobody brought its kind",
      { [standardPath]: live[standardPath]! },
      "failed",
      /^the cluster knows no CiliumNetworkPolicies, of which the settings have \d+$/,
      apps,
    ],
    [
      "nobody could bring its kind",
      { [standardPath]: live[standardPath]! },
      "unchecked",
      /^the cluster knows no CiliumNetworkPolicies/,
      { ...apps, ...simulated },
    ],
    [
      "there are no policies",
      {},
      "failed",
      "the pods of apps may talk to anybody; the pods of this stack in kube-system may talk to anybody",
      apps,
    ],
  ]);
  const pods = (...namespaces: string[]) => ({
    // Of kube-system alone, as Cilium's own are asked for.
    ...agents(2, march),
    "/api/v1/pods": namespaces.map((namespace) => named("p", {}, namespace)),
  });
  const unknown = "apps have policies, but it is not known whether they are enforced: ";
  claims("Network isolation", "Traffic must be explicitly allowed", [
    [
      "it must",
      { ...live, ...enforcing, ...pods("apps", "apps", "kube-system") },
      "proved",
      `${asSettings}, and enforced: ${enforcedEvidence}`,
      apps,
    ],
    [
      "but for namespaces that are not listed",
      { ...live, ...enforcing, ...pods("apps", "traefik", "argocd") },
      "proved",
      `${asSettings}, and enforced: ${enforcedEvidence}; not in network.isolated, so open: argocd, traefik`,
      apps,
    ],
    [
      "another one allows everything",
      { ...plus(standardPath, everybody), ...enforcing },
      "failed",
      "the policies are not those of the settings",
      apps,
    ],
    ["nothing is there", enforcing, "failed", "the policies are not those of the settings", apps],
    [
      "nowhere, as the settings say",
      { ...live, ...enforcing, ...pods("apps") },
      "unchecked",
      "no namespace is isolated; not in network.isolated, so open: apps",
      { settings: { ...withoutDrill, "network.notIsolated": notIsolated } },
    ],
    [
      "not yet: Cilium only watches",
      { ...live, ...watching, ...pods("apps") },
      "unchecked",
      `apps have policies, but nothing enforces them: ${watchingEvidence("though the settings say network.enforcement enforce")}`,
      apps,
    ],
    [
      "who would enforce it is recorded",
      live,
      "unchecked",
      `${unknown}${recordedEvidence("cilium")}`,
      { ...apps, ...recorded("cilium") },
    ],
    [
      "nobody is there to enforce it",
      live,
      "unchecked",
      "apps have policies, but nothing enforces them: there is no ConfigMap kube-system/cilium-config",
      apps,
    ],
    [
      "no pod really runs",
      { ...live, ...enforcing, ...pods("apps") },
      "unchecked",
      /^apps have policies, but it is not known whether they are enforced: enable-policy default: no pod really runs/,
      { ...apps, ...simulated },
    ],
  ]);
}

{
  const rule = "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheusrules/homelab-alerts";
  const good = [
    { alert: "BackupFailed", expr: "backup_success == 0" },
    { alert: "BackupStale", expr: "time() - backup_timestamp > 172800" },
    { alert: "OCIBucketNearLimit", expr: "sum(oci_bucket_size_bytes) / 21474836480 > 0.85" },
  ];
  const rules = (list: object[]) => ({
    [rule]: named("homelab-alerts", { spec: { groups: [{ rules: list }] } }),
  });
  claims("Backup failures", "The alerts", [
    [
      "they are",
      rules(good),
      "proved",
      "monitoring/homelab-alerts has BackupFailed, BackupStale, OCIBucketNearLimit",
    ],
    ["one is missing", rules(good.slice(1)), "failed", "there is no alert BackupFailed"],
    [
      "one can never fire",
      rules([{ alert: "BackupFailed", expr: "vector(0)" }, ...good.slice(1)]),
      "failed",
      "BackupFailed is about something else: vector(0)",
    ],
    [
      "one is the wrong way round",
      rules([{ alert: "BackupFailed", expr: "backup_success == 1" }, ...good.slice(1)]),
      "failed",
      "BackupFailed is about something else: backup_success == 1",
    ],
    ["there are none", {}, "failed", "there is no PrometheusRule monitoring/homelab-alerts"],
    [
      "monitoring is off",
      {},
      "unchecked",
      /leave monitoring out/,
      { settings: { "monitoring.enabled": false } },
    ],
  ]);
  claims("Backup failures", "Backup jobs report", [
    [
      "they can",
      { [`${deployments("monitoring")}/prometheus-pushgateway`]: workload("p") },
      "proved",
      "Pushgateway 1 ready",
    ],
    [
      "they cannot",
      { [`${deployments("monitoring")}/prometheus-pushgateway`]: workload("p", 0) },
      "failed",
      "the Pushgateway has no pod ready",
    ],
    ["it is not there", {}, "unchecked", /prometheus-pushgateway; this program does not install it/],
  ]);
  const config =
    "/apis/monitoring.coreos.com/v1alpha1/namespaces/monitoring/alertmanagerconfigs/homelab-alerts";
  const secret =
    "/api/v1/namespaces/monitoring/secrets/alertmanager-kube-prometheus-stack-alertmanager-generated";
  const routing = (...receivers: object[]) => ({
    [config]: named("homelab-alerts"),
    [secret]: { data: { "alertmanager.yaml.gz": gzipSync(stringify({ receivers })).toString("base64") } },
  });
  const both = { telegram_configs: [{ bot_token: "s3cret" }], email_configs: [{}] };
  const critical = { name: "monitoring/homelab-alerts/critical", ...both };
  const other = { name: "monitoring/homelab-alerts/default", ...both };
  const mail = { "monitoring.receivers.gmail": { address: "ops@example.com" } };
  const toBoth = { settings: { ...mail, "monitoring.receivers.telegram": {} } };
  claims("Backup failures", "Alerts go to", [
    [
      "they do",
      routing(critical, other),
      "proved",
      "the receivers critical and default have Telegram and e-mail",
      toBoth,
    ],
    [
      "by mail alone, as the settings say",
      routing({ ...critical, telegram_configs: [] }, other),
      "proved",
      "the receivers critical and default have e-mail",
      { settings: mail },
    ],
    [
      "one way is missing",
      routing({ ...critical, email_configs: [] }, { ...both, name: "default" }),
      "failed",
      "the receiver critical has no e-mail; Alertmanager has no receiver monitoring/homelab-alerts/default",
      toBoth,
    ],
    [
      "nobody reads the configuration",
      { [config]: named("homelab-alerts") },
      "unchecked",
      /^there is no Secret monitoring\/alertmanager-.*, so no operator has read homelab-alerts/,
      toBoth,
    ],
    [
      "there is no configuration",
      {},
      "failed",
      "there is no AlertmanagerConfig monitoring/homelab-alerts",
      toBoth,
    ],
    ["nobody is to be told", {}, "unchecked", /name nobody to tell/],
    [
      "monitoring is off",
      {},
      "unchecked",
      /leave monitoring out/,
      { settings: { "monitoring.enabled": false } },
    ],
  ]);
  const dashboards = "/api/v1/namespaces/monitoring/configmaps";
  claims("Backup failures", "A Grafana dashboard", [
    [
      "it does",
      { [dashboards]: [named("backup", { data: { "backup.json": '"expr":"backup_success"' } })] },
      "proved",
      "ConfigMap monitoring/backup shows backup_success",
    ],
    [
      "there are others",
      { [dashboards]: [named("other", { data: { x: "{}" } })] },
      "failed",
      "no dashboard in monitoring shows backup_success",
    ],
    [
      "monitoring is off",
      {},
      "unchecked",
      /leave monitoring out/,
      { settings: { "monitoring.enabled": false } },
    ],
  ]);
}
