import assert from "node:assert/strict";
import { holdsKind, namespacesOf, type Schedule } from "../../../cli/verify/checks/backups/velero.js";
import { claims, recorded, recordedEvidence, simulated } from "./addonClaims.js";
import { named } from "./fakeTarget.js";
import {
  appsDaily,
  claimsOf,
  ofSealed,
  secret,
  secrets,
  secretsOf,
  velero,
  volumeClaim,
  volumes,
} from "./pairs/dataLoss.js";

const schedules = `${velero}/schedules`;

const withTemplate = (template: object) => ({ ...named("x"), spec: { template } }) as unknown as Schedule;

const namespaces = { answers: { "/api/v1/namespaces": [named("apps"), named("other"), named("velero")] } };
const there = { [schedules]: [appsDaily] };
const wouldBe = "would be backed up, readable in the bucket, though";
claims(
  "Data loss",
  "Backups leave out sealing keys",
  {
    "proved: nothing of the kind is held": [
      { ...there, [secretsOf("apps")]: secrets([secret("db", ofSealed), secret("tls")], [secret("tls")]) },
      "of 2 Secrets in what 1 Schedules cover, 1 are left out; the other 1 are none of these",
    ],
    "failed: one of each is held": [
      {
        [schedules]: [
          appsDaily,
          named("velero-daily", { spec: { template: { includedNamespaces: ["velero"] } } }),
        ],
        [secretsOf("apps")]: secrets(
          [],
          [
            secret("db", ofSealed),
            secret("key", { labels: { "sealedsecrets.bitnami.com/sealed-secrets-key": "" } }),
          ],
          [secret("sh.helm.release.v1.app.v1")],
        ),
        [secretsOf("velero")]: secrets(
          [],
          [secret("cloud-credentials", {}, "velero"), secret("velero-repo-credentials", {}, "velero")],
        ),
      },
      `${wouldBe} of a SealedSecret: apps/db; label those that exist, and before Kubernetes 1.36 the template of each ` +
        "SealedSecret, as docs/reference/backup-bucket.md says; " +
        `${wouldBe} a sealing key: apps/key; pulumi up gives the Schedules the selector that leaves it out; ` +
        `${wouldBe} of a Helm release: apps/sh.helm.release.v1.app.v1; pulumi up gives the Schedules the selector that ` +
        `leaves it out; ${wouldBe} a key to the backups: velero/cloud-credentials, velero/velero-repo-credentials; ` +
        "pulumi up gives it the label that leaves it out",
    ],
    "unchecked: there is no Schedule": [{ [schedules]: [] }, "there is no Schedule"],
    "failed: Velero is not there": [{}, "the cluster knows no Schedules"],
    "unchecked: Velero is recorded": [{}, recordedEvidence("velero"), recorded("velero")],
  },
  namespaces,
);

claims(
  "Data loss",
  "Velero can read every volume",
  {
    "proved: the volumes are local": [
      {
        ...there,
        [claimsOf("apps")]: [volumeClaim("data", "pv-1")],
        ...volumes(
          named("pv-1", { spec: { local: { path: "/opt" } } }),
          named("pv-2", { spec: { hostPath: {} } }),
        ),
      },
      "none of the 1 volumes in what 1 Schedules cover is a hostPath",
    ],
    "failed: one is a hostPath": [
      {
        ...there,
        [claimsOf("apps")]: [volumeClaim("data", "pv-1"), volumeClaim("more", "pv-2")],
        ...volumes(
          named("pv-1", { spec: { local: { path: "/opt" } } }),
          named("pv-2", { spec: { hostPath: { path: "/opt" } } }),
        ),
      },
      "Velero passes over hostPath volumes: apps/more (StorageClass local-path). Annotate the claim with volumeType: " +
        "local, or the StorageClass with defaultVolumeType: local, and make the volume anew, as docs/reference/backup-bucket.md says",
    ],
    "failed: one is lost": [
      { ...there, [claimsOf("apps")]: [volumeClaim("data", "pv-1")], ...volumes() },
      "apps/data is bound to pv-1, which does not exist",
    ],
    "unchecked: there is none": [there, "there is no volume claim in what the Schedules cover"],
    "unchecked: none is bound yet": [
      { ...there, [claimsOf("apps")]: [volumeClaim("data")] },
      "no volume yet: apps/data",
    ],
    "unchecked: none can be bound": [
      { ...there, [claimsOf("apps")]: [volumeClaim("data")] },
      "apps/data: no volume is made: no pod really runs on this cluster; check a cluster with real nodes",
      simulated,
    ],
  },
  namespaces,
);

describe("what a Schedule covers", () => {
  const all = ["apps", "team-a", "team-b", "team.x", "velero"];
  for (const [template, covered] of [
    [{}, all],
    [{ includedNamespaces: ["*"], excludedNamespaces: ["apps"] }, all.slice(1)],
    [{ includedNamespaces: ["apps", "gone"] }, ["apps"]],
    [{ includedNamespaces: ["team-*"], excludedNamespaces: ["team-b"] }, ["team-a"]],
    [{ includedNamespaces: ["team.?"] }, ["team.x"]],
  ] as const) {
    it(`namespaces of ${JSON.stringify(template)}`, () =>
      assert.deepEqual(namespacesOf(withTemplate(template), all), covered));
  }
  for (const [template, holds] of [
    [{}, true],
    [{ includedResources: ["*"] }, true],
    [{ includedResources: ["pods", "secrets"] }, true],
    [{ includedResources: ["pods"] }, false],
    [{ includedNamespaceScopedResources: ["pods"] }, false],
    [{ excludedResources: ["secrets"] }, false],
    [{ excludedNamespaceScopedResources: ["*"] }, false],
  ] as const) {
    it(`Secrets of ${JSON.stringify(template)}: ${holds}`, () =>
      assert.equal(holdsKind(withTemplate(template), "secrets"), holds));
  }
});
