import { workload } from "./fakeTarget.js";
import { claims, simulated, recorded, recordedEvidence, condition } from "./addonClaims.js";
import {
  argoCd,
  backstageDb,
  backstageKeys,
  controller,
  sealedDb,
  sealedSecrets,
  trackedSecret,
  unsealed,
} from "./pairs/secretsInGit.js";

{
  const path = controller;
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
      "unchecked",
      "sealed-secrets-controller 1/1 ready: no pod really runs on this cluster; check a cluster with real nodes",
      simulated,
    ],
    ["it is not ready", { [path]: workload("x", 0, 1) }, "failed", `${label} has 0 of 1 pods ready`],
    ["it wants no pod", { [path]: workload("x", 0, 0) }, "failed", `${label} wants no pod`],
    ["it is not there", {}, "failed", `there is no ${label}`],
    ["it is recorded", {}, "unchecked", recordedEvidence("sealed-secrets"), recorded("sealed-secrets")],
  ]);
}

{
  const path = sealedSecrets;
  const synced = { [path]: [sealedDb(condition("Synced", "True"))] };
  const secret = unsealed("apps", "db", ["password"]);
  const running = { [controller]: workload("c") };
  const whole = "each has its Secret, with all its keys: apps/db";
  claims("Secrets in Git", "Every SealedSecret is decrypted", [
    ["it is", { ...synced, ...secret, ...running }, "proved", whole],
    [
      "its Secret is gone",
      { ...synced, ...running },
      "failed",
      "apps/db is unsealed, the controller says, but there is no such Secret",
    ],
    [
      "its Secret lacks a key",
      { ...synced, ...unsealed("apps", "db", ["another"]), ...running },
      "failed",
      "apps/db has a Secret without password",
    ],
    [
      "the controller is gone",
      { ...synced, ...secret, [controller]: workload("c", 0) },
      "failed",
      `${whole}; but Deployment kube-system/sealed-secrets-controller has 0 of 1 pods ready`,
    ],
    [
      "it was changed since",
      {
        [path]: [
          {
            metadata: { name: "db", namespace: "apps", generation: 2 },
            spec: {},
            status: { ...condition("Synced", "True"), observedGeneration: 1 },
          },
        ],
        ...secret,
        ...running,
      },
      "failed",
      "apps/db was changed, and the controller has not looked at it since",
    ],
    [
      "it cannot be",
      { [path]: [sealedDb(condition("Synced", "False", "no key could decrypt secret"))] },
      "failed",
      "apps/db is not unsealed: no key could decrypt secret",
    ],
    [
      "nobody has answered",
      { [path]: [sealedDb()] },
      "failed",
      "apps/db is not unsealed: no controller has answered",
    ],
    [
      "nobody could answer",
      { [path]: [sealedDb()] },
      "unchecked",
      /^apps\/db: no controller has answered: no pod really/,
      simulated,
    ],
    [
      "a real controller has answered next to simulated pods",
      { ...synced, ...secret },
      "proved",
      whole,
      simulated,
    ],
    ["there is none", { [path]: [] }, "unchecked", /^there is no SealedSecret; commit one/],
    ["the kind is unknown", {}, "failed", "the cluster knows no SealedSecrets"],
  ]);
  claims("Secrets in Git", "The backstage-db SealedSecret", [
    [
      "it has all",
      { [path]: [backstageDb(backstageKeys)], ...unsealed("backstage", "backstage-db", backstageKeys) },
      "proved",
      `backstage/backstage-db has ${backstageKeys.join(", ")}, and so has the Secret that it became`,
    ],
    [
      "its Secret lacks one",
      {
        [path]: [backstageDb(backstageKeys)],
        ...unsealed("backstage", "backstage-db", backstageKeys.slice(1)),
      },
      "failed",
      "the Secret backstage/backstage-db has no POSTGRES_HOST",
    ],
    [
      "nobody has unsealed it",
      { [path]: [backstageDb(backstageKeys)] },
      "failed",
      "there is no Secret backstage/backstage-db, which the SealedSecret should become",
    ],
    [
      "nobody could unseal it",
      { [path]: [backstageDb(backstageKeys)] },
      "unchecked",
      /, and nobody has unsealed it: no pod/,
      simulated,
    ],
    [
      "one is missing",
      { [path]: [backstageDb(backstageKeys.slice(1))] },
      "failed",
      "backstage/backstage-db has no POSTGRES_HOST",
    ],
    ["it is not there", { [path]: [] }, "unchecked", /ArgoCD brings it from backstage-gitops$/],
  ]);
}

{
  const labelled = (more: object = {}) => ({
    metadata: { name: "s", namespace: "n", labels: { "app.kubernetes.io/instance": "app" }, ...more },
  });
  claims("Secrets in Git", "No plain Secret comes from Git", [
    [
      "none does",
      {
        ...argoCd(),
        "/api/v1/secrets": [trackedSecret(), trackedSecret("app:bitnami.com/SealedSecret:n/s")],
      },
      "proved",
      "none of 2 Secrets is applied from Git by ArgoCD",
    ],
    [
      "one does, marked by an annotation",
      { ...argoCd(), "/api/v1/secrets": [trackedSecret("app:/Secret:n/s")] },
      "failed",
      "n/s is applied from Git as it is (app:/Secret:n/s)",
    ],
    [
      "one does, marked by a label",
      { ...argoCd(), "/api/v1/secrets": [labelled()] },
      "failed",
      "n/s is applied from Git as it is (app.kubernetes.io/instance=app)",
    ],
    [
      "one carries the label of the SealedSecret that owns it",
      {
        ...argoCd(),
        "/api/v1/secrets": [labelled({ ownerReferences: [{ kind: "SealedSecret", name: "s" }] })],
      },
      "proved",
      "none of 1 Secrets is applied from Git by ArgoCD",
    ],
    [
      "one does, by the application's own list",
      { ...argoCd(1, { kind: "Secret", namespace: "n", name: "s" }) },
      "failed",
      "n/s is applied from Git as it is (application app)",
    ],
    [
      "ArgoCD's controller does not run",
      {
        ...argoCd(0),
        "/api/v1/secrets": [trackedSecret()],
      },
      "unchecked",
      "none of 1 Secrets is applied from Git by ArgoCD, but its application controller does not run",
    ],
    [
      "ArgoCD has no application",
      { ...argoCd(), "/apis/argoproj.io/v1alpha1/applications": [], "/api/v1/secrets": [trackedSecret()] },
      "unchecked",
      "none of 1 Secrets is applied from Git by ArgoCD, but it has no application",
    ],
    [
      "nobody applies anything",
      { "/api/v1/secrets": [trackedSecret()] },
      "unchecked",
      /^ArgoCD, .* is not installed here$/,
    ],
  ]);
}
