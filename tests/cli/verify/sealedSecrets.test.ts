import { named, workload } from "./fakeTarget.js";
import { claims, simulated, recorded, recordedEvidence, condition } from "./addonClaims.js";
import {
  argoCd,
  backstageDb,
  backstageKeys,
  controller,
  sealedSecrets,
  sealingKeys,
  trackedSecret,
} from "./pairs/secretsInGit.js";

{
  const path = controller;
  const label = "Deployment kube-system/sealed-secrets-controller";
  claims("Secrets in Git", "The sealed-secrets-controller runs", {
    "proved: it is ready": [
      { [path]: workload("sealed-secrets-controller") },
      "sealed-secrets-controller 1/1 ready",
    ],
    "unchecked: it seems to be ready": [
      { [path]: workload("sealed-secrets-controller") },
      "sealed-secrets-controller 1/1 ready: no pod really runs on this cluster; check a cluster with real nodes",
      simulated,
    ],
    "failed: it is not ready": [{ [path]: workload("x", 0, 1) }, `${label} has 0 of 1 pods ready`],
    "failed: it wants no pod": [{ [path]: workload("x", 0, 0) }, `${label} wants no pod`],
    "failed: it is not there": [{}, `there is no ${label}`],
    "unchecked: it is recorded": [{}, recordedEvidence("sealed-secrets"), recorded("sealed-secrets")],
  });
}

claims("Secrets in Git", "The cluster holds a private key", {
  "proved: there is one": [
    { [sealingKeys]: [named("sealed-secrets-key-a", {}, "kube-system")] },
    "active: kube-system/sealed-secrets-key-a",
  ],
  "failed: there is none": [
    { [sealingKeys]: [] },
    "no Secret is labelled sealedsecrets.bitnami.com/sealed-secrets-key=active",
  ],
});

{
  const path = sealedSecrets;
  const sealed = (status?: object) => named("db", { spec: {}, status }, "apps");
  claims("Secrets in Git", "Every SealedSecret is decrypted", {
    "proved: it is": [{ [path]: [sealed(condition("Synced", "True"))] }, "Synced: apps/db"],
    "failed: it cannot be": [
      { [path]: [sealed(condition("Synced", "False", "no key could decrypt secret"))] },
      "apps/db is not unsealed: no key could decrypt secret",
    ],
    "failed: nobody has answered": [
      { [path]: [sealed()] },
      "apps/db is not unsealed: no controller has answered",
    ],
    "unchecked: nobody could answer": [
      { [path]: [sealed()] },
      /^apps\/db: no controller has answered: no pod really/,
      simulated,
    ],
    "proved: a real controller has answered next to simulated pods": [
      { [path]: [sealed(condition("Synced", "True"))] },
      "Synced: apps/db",
      simulated,
    ],
    "unchecked: there is none": [{ [path]: [] }, /^there is no SealedSecret; commit one/],
    "failed: the kind is unknown": [{}, "the cluster knows no SealedSecrets"],
  });
  claims("Secrets in Git", "The backstage-db SealedSecret", {
    "proved: it has all": [
      { [path]: [backstageDb(backstageKeys)] },
      `backstage/backstage-db has ${backstageKeys.join(", ")}`,
    ],
    "failed: one is missing": [
      { [path]: [backstageDb(backstageKeys.slice(1))] },
      "backstage/backstage-db has no POSTGRES_HOST",
    ],
    "unchecked: it is not there": [{ [path]: [] }, /ArgoCD brings it from backstage-gitops$/],
  });
}

{
  const labelled = (more: object = {}) => ({
    metadata: { name: "s", namespace: "n", labels: { "app.kubernetes.io/instance": "app" }, ...more },
  });
  claims("Secrets in Git", "No plain Secret comes from Git", {
    "proved: none does": [
      {
        ...argoCd(),
        "/api/v1/secrets": [trackedSecret(), trackedSecret("app:bitnami.com/SealedSecret:n/s")],
      },
      "none of 2 Secrets is applied from Git by ArgoCD",
    ],
    "failed: one does, marked by an annotation": [
      { ...argoCd(), "/api/v1/secrets": [trackedSecret("app:/Secret:n/s")] },
      "n/s is applied from Git as it is (app:/Secret:n/s)",
    ],
    "failed: one does, marked by a label": [
      { ...argoCd(), "/api/v1/secrets": [labelled()] },
      "n/s is applied from Git as it is (app.kubernetes.io/instance=app)",
    ],
    "proved: one carries the label of the SealedSecret that owns it": [
      {
        ...argoCd(),
        "/api/v1/secrets": [labelled({ ownerReferences: [{ kind: "SealedSecret", name: "s" }] })],
      },
      "none of 1 Secrets is applied from Git by ArgoCD",
    ],
    "failed: one does, by the application's own list": [
      { ...argoCd(1, { kind: "Secret", namespace: "n", name: "s" }) },
      "n/s is applied from Git as it is (application app)",
    ],
    "unchecked: ArgoCD's controller does not run": [
      { ...argoCd(0), "/api/v1/secrets": [trackedSecret()] },
      "none of 1 Secrets is applied from Git by ArgoCD, but its application controller does not run",
    ],
    "unchecked: ArgoCD has no application": [
      { ...argoCd(), "/apis/argoproj.io/v1alpha1/applications": [], "/api/v1/secrets": [trackedSecret()] },
      "none of 1 Secrets is applied from Git by ArgoCD, but it has no application",
    ],
    "unchecked: nobody applies anything": [
      { "/api/v1/secrets": [trackedSecret()] },
      /^ArgoCD, .* is not installed here$/,
    ],
  });
}
