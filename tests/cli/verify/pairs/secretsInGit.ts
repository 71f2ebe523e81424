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

/** A sealing key as the controller keeps it, and its certificate. */
async function sealingKey() {
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

const scratch = "cluster-security-verify-abc";
const made = (object: object) => () => ({ status: 201, body: JSON.stringify(object) });

/** A kubeseal that keeps what it was given in a file, and a controller that reads it there; `change` is its mistake. */
async function unsealing(change: (values: Record<string, string>) => void, folder: string) {
  const kubeseal = join(folder, "kubeseal");
  const given = join(folder, "given.json");
  writeFileSync(kubeseal, `#!/bin/sh\ncat > ${given}\necho 'kind: SealedSecret'\n`, { mode: 0o755 });
  const ofScratch = `/apis/bitnami.com/v1alpha1/namespaces/${scratch}/sealedsecrets`;
  return {
    answers: {
      "/api/v1/namespaces": [],
      "POST /api/v1/namespaces": made(named(scratch)),
      [`POST ${ofScratch}`]: made({}),
      [`${ofScratch}/backstage-db`]: { status: condition("Synced", "True") },
      [`DELETE ${ofScratch}/backstage-db`]: {},
      [`/api/v1/namespaces/${scratch}/secrets/backstage-db`]: () => {
        const { stringData } = JSON.parse(readFileSync(given, "utf8"));
        change(stringData);
        const data = Object.entries<string>(stringData).map(([key, value]) => [key, btoa(value)]);
        return { body: JSON.stringify({ data: Object.fromEntries(data) }) };
      },
    },
    options: { kubeseal, sealingCertificates: [(await sealingKey()).pem] },
  };
}

export const secretsInGit: Pairs = {
  "The sealed-secrets-controller runs": pair(
    (ready) => ({ answers: { [controller]: workload("sealed-secrets-controller", ready) } }),
    1,
    0,
  ),
  "The cluster holds a private key": pair(
    (keys) => ({ answers: { [sealingKeys]: keys } }),
    [named("sealed-secrets-key-a", {}, "kube-system")],
    [],
  ),
  "Every SealedSecret is decrypted": pair(
    (synced) => ({
      answers: { [sealedSecrets]: [named("db", { spec: {}, status: condition("Synced", synced) }, "apps")] },
    }),
    "True",
    "False",
  ),
  "The backstage-db SealedSecret": pair(
    (keys) => ({ answers: { [sealedSecrets]: [backstageDb(keys)] } }),
    backstageKeys,
    backstageKeys.slice(1),
  ),
  "No plain Secret comes from Git": pair(
    (id) => ({ answers: { ...argoCd(), "/api/v1/secrets": [trackedSecret(id)] } }),
    "app:bitnami.com/SealedSecret:n/s",
    "app:/Secret:n/s",
  ),
  "What is in Git can be opened by a new cluster": pair(
    async (inState) => {
      const [one, other] = [await sealingKey(), await sealingKey()];
      return {
        answers: {
          [sealingKeys]: () => ({
            body: JSON.stringify({
              items: [named("sealed-secrets-key-a", { data: one.data }, "kube-system")],
              metadata: {},
            }),
          }),
        },
        options: { sealingCertificates: [inState ? one.pem : other.pem] },
      };
    },
    true,
    false,
  ),
  "The controller makes no further key": pair(
    (period) => ({
      answers: {
        [controller]: workload("c", 1, 1, [{ name: "controller", args: [`--key-renew-period=${period}`] }]),
      },
    }),
    "0",
    "720h",
  ),
  "backstage-db, sealed with kubeseal": pair(
    unsealing,
    () => {},
    (values: Record<string, string>) => (values["POSTGRES_PASSWORD"] = "another"),
  ),
};
