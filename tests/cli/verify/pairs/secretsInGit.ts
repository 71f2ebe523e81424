import "reflect-metadata";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PemConverter, X509CertificateGenerator } from "@peculiar/x509";
import { condition, deployments } from "../addonClaims.js";
import { named, workload, type Answer } from "../fakeTarget.js";
import { pair, type Pairs } from "./pair.js";

export const controller = `${deployments("kube-system")}/sealed-secrets-controller`;
export const sealedSecrets = "/apis/bitnami.com/v1alpha1/sealedsecrets";
export const sealingKeys = "/api/v1/namespaces/kube-system/secrets";

/** The keys of backstage's database Secret. */
export const backstageKeys = [
  "POSTGRES_HOST",
  "POSTGRES_USER",
  "POSTGRES_PASSWORD",
  "POSTGRES_PORT",
  "BACKEND_SECRET",
];
export const backstageDb = (keys: string[]) =>
  named(
    "backstage-db",
    { spec: { encryptedData: Object.fromEntries(keys.map((key) => [key, "AgB"])) } },
    "backstage",
  );

const applications = "/apis/argoproj.io/v1alpha1/applications";
const application = (resources: object[] = []) =>
  named("app", { spec: { destination: { namespace: "n" } }, status: { resources } }, "argocd");
/** A Secret, with the mark by which ArgoCD tracks what it applied. */
export const trackedSecret = (id?: string) => ({
  metadata: {
    name: "s",
    namespace: "n",
    ...(id ? { annotations: { "argocd.argoproj.io/tracking-id": id } } : {}),
  },
});
/** ArgoCD with one application, which holds a SealedSecret and perhaps more. */
export const argoCd = (controllersReady = 1, ...resources: object[]): Record<string, Answer> => ({
  [applications]: [
    application([{ group: "bitnami.com", kind: "SealedSecret", namespace: "n", name: "s" }, ...resources]),
  ],
  "/apis/apps/v1/namespaces/argocd/statefulsets/argocd-application-controller": workload(
    "argocd-application-controller",
    controllersReady,
  ),
});

const made = new Map<string, ReturnType<typeof newSealingKey>>();
/** A sealing key as the controller keeps it, and its certificate; the same for the same name. */
export function sealingKey(name: string) {
  if (!made.has(name)) made.set(name, newSealingKey());
  return made.get(name)!;
}

async function newSealingKey() {
  const keys = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    true,
    ["sign", "verify"],
  );
  const certificate = await X509CertificateGenerator.createSelfSigned({ name: "CN=sealing", keys });
  const key = PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  const pem = certificate.toString("pem");
  return { pem, data: { "tls.crt": btoa(pem), "tls.key": btoa(key) } };
}

export const keySecret = (data: Record<string, string>) =>
  named("sealed-secrets-key-a", { data }, "kube-system");
/** A SealedSecret of one value. */
export const sealedDb = (status?: object) =>
  named("db", { spec: { encryptedData: { password: "AgB" } }, status }, "apps");
/** The Secret that one becomes. */
export const unsealed = (namespace: string, name: string, keys: string[]) => ({
  [`/api/v1/namespaces/${namespace}/secrets/${name}`]: {
    data: Object.fromEntries(keys.map((key) => [key, "dmFsdWU="])),
  },
});
/** A controller that runs as it is since February, and a second key that it, or another writer, has made then. */
export const renewing = (
  period: string,
  secondKey = "2026-01-02T00:00:00Z",
  ready = 1,
  { writer = "controller", written = "2026-03-01T00:00:00Z", annotations = {} } = {},
): Record<string, Answer> => ({
  [controller]: workload("c", ready, 1, [{ name: "controller", args: [`--key-renew-period=${period}`] }]),
  "/apis/apps/v1/namespaces/kube-system/replicasets": [
    {
      metadata: {
        ...{ name: "sealed-secrets-controller-1", namespace: "kube-system" },
        ownerReferences: [{ kind: "Deployment", name: "sealed-secrets-controller" }],
        ...{ creationTimestamp: "2026-02-01T00:00:00Z", annotations },
      },
      status: { replicas: 1 },
    },
  ],
  [sealingKeys]: [
    {
      metadata: {
        name: "sealed-secrets-key-a",
        namespace: "kube-system",
        creationTimestamp: "2026-01-01T00:00:00Z",
      },
    },
    {
      metadata: {
        ...{ name: "sealed-secrets-keyxb2m", namespace: "kube-system", creationTimestamp: secondKey },
        managedFields: [{ manager: writer, operation: "Update", time: written }],
      },
    },
  ],
});

const scratch = "cluster-security-verify-abc";
const answer = (object: object) => () => ({ status: 201, body: JSON.stringify(object) });

/** A kubeseal that keeps what it was given in a file, and a controller that reads it there; `change` is its mistake. */
async function unsealing(change: (values: Record<string, string>) => void, folder: string) {
  const kubeseal = join(folder, "kubeseal");
  const given = join(folder, "given.json");
  writeFileSync(kubeseal, `#!/bin/sh\ncat > ${given}\necho 'kind: SealedSecret'\n`, { mode: 0o755 });
  const ofScratch = `/apis/bitnami.com/v1alpha1/namespaces/${scratch}/sealedsecrets`;
  return {
    answers: {
      "/api/v1/namespaces": [],
      "POST /api/v1/namespaces": answer(named(scratch)),
      [`POST ${ofScratch}`]: answer({}),
      [`${ofScratch}/backstage-db`]: { status: condition("Synced", "True") },
      [`DELETE ${ofScratch}/backstage-db`]: {},
      [`/api/v1/namespaces/${scratch}/secrets/backstage-db`]: () => {
        const { stringData } = JSON.parse(readFileSync(given, "utf8"));
        change(stringData);
        const data = Object.entries<string>(stringData).map(([key, value]) => [key, btoa(value)]);
        return { body: JSON.stringify({ data: Object.fromEntries(data) }) };
      },
    },
    options: { kubeseal, sealingCertificates: [(await sealingKey("one")).pem] },
  };
}

export const secretsInGit: Pairs = {
  "The sealed-secrets-controller runs": pair(
    (ready) => ({ answers: { [controller]: workload("sealed-secrets-controller", ready) } }),
    1,
    0,
  ),
  "The cluster holds a private key": pair(
    async (key) => ({
      answers: { [sealingKeys]: [keySecret({ ...(await sealingKey("one")).data, ...key })] },
    }),
    {},
    { "tls.key": "" },
  ),
  "Every SealedSecret is decrypted": pair<{ synced?: string; key?: string; pods?: number }>(
    ({ synced = "True", key = "password", pods }) => ({
      answers: {
        [sealedSecrets]: [sealedDb(condition("Synced", synced))],
        ...unsealed("apps", "db", [key]),
        [controller]: workload("c", pods),
      },
    }),
    {},
    { synced: "False" },
    { key: "another" },
    { pods: 0 },
  ),
  "The backstage-db SealedSecret": pair(
    (keys) => ({
      answers: {
        [sealedSecrets]: [backstageDb(backstageKeys)],
        ...unsealed("backstage", "backstage-db", keys),
      },
    }),
    backstageKeys,
    backstageKeys.slice(1),
  ),
  "No plain Secret comes from Git": pair(
    (id) => ({ answers: { ...argoCd(), "/api/v1/secrets": [trackedSecret(id)] } }),
    "app:bitnami.com/SealedSecret:n/s",
    "app:/Secret:n/s",
  ),
  "What is in Git can be opened by a new cluster": pair(
    async (name) => ({
      answers: { [sealingKeys]: [keySecret((await sealingKey("one")).data)] },
      options: { sealingCertificates: [(await sealingKey(name)).pem] },
    }),
    "one",
    "other",
  ),
  "The controller makes no further key": pair<{ period?: string; key?: string; pods?: number }>(
    ({ period = "0", key, pods }) => ({ answers: renewing(period, key, pods) }),
    {},
    { key: "2026-03-01T00:00:00Z" },
    { period: "720h" },
    { pods: 0 },
  ),
  "backstage-db, sealed with kubeseal": pair(
    unsealing,
    () => {},
    (values: Record<string, string>) => (values["POSTGRES_PASSWORD"] = "another"),
  ),
};
