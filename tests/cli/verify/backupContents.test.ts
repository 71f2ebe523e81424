import assert from "node:assert/strict";
import type { Status } from "../../../cli/verify/claim.js";
import {
  holdsKind,
  backedUpNamespaces,
  type LiveSchedule,
} from "../../../cli/verify/checks/backups/velero.js";
import { fakeTarget, findingOf, named, type Answer, type FakeOptions } from "./fakeTarget.js";
import {
  appsDaily,
  claimsOf,
  copiesOf,
  ofSealed,
  secret,
  secrets,
  secretsOf,
  velero,
  volumeClaim,
  volumes,
} from "./pairs/dataLoss.js";

const schedules = `${velero}/schedules`;

const withTemplate = (template: object) => ({ ...named("x"), spec: { template } }) as unknown as LiveSchedule;

type Case = [
  name: string,
  answers: Record<string, Answer>,
  status: Status,
  evidence: string,
  options?: FakeOptions,
];
function finds(claim: string, cases: Case[]): void {
  describe(claim, () => {
    for (const [name, answers, status, evidence, options] of cases) {
      it(`${status}: ${name}`, async () => {
        const all = { "/api/v1/namespaces": [named("apps"), named("other"), named("velero")], ...answers };
        const finding = await findingOf("Data loss", claim, fakeTarget(all, options));
        assert.deepEqual(finding, { status, evidence });
      });
    }
  });
}

const there = { [schedules]: [appsDaily] };
const wouldBe = "would be backed up, readable in the bucket, though";
finds("Backups leave out sealing keys", [
  [
    "nothing of the kind is held",
    { ...there, [secretsOf("apps")]: secrets([secret("db", ofSealed), secret("tls")], [secret("tls")]) },
    "proved",
    "of 2 Secrets in what 1 Schedules cover, 1 are left out; the other 1 are none of these",
  ],
  [
    "one of each is held",
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
    "failed",
    `${wouldBe} of a SealedSecret: apps/db; label those that exist, and before Kubernetes 1.36 the template of each ` +
      "SealedSecret, as docs/reference/backup-bucket.md says; " +
      `${wouldBe} a sealing key: apps/key; pulumi up gives the Schedules the selector that leaves it out; ` +
      `${wouldBe} of a Helm release: apps/sh.helm.release.v1.app.v1; pulumi up gives the Schedules the selector that ` +
      `leaves it out; ${wouldBe} a key to the backups: velero/cloud-credentials, velero/velero-repo-credentials; ` +
      "pulumi up gives it the label that leaves it out",
  ],
  ["there is no Schedule", { [schedules]: [] }, "unchecked", "there is no Schedule"],
  ["Velero is not there", {}, "failed", "the cluster knows no Schedules"],
  [
    "Velero is recorded",
    {},
    "unchecked",
    "the release of velero is recorded, not installed: its chart, or an image of its pods, could not be had",
    { recorded: new Set(["velero"]) },
  ],
]);

finds("Velero can read every volume", [
  [
    "the volumes are local",
    {
      ...there,
      [claimsOf("apps")]: [volumeClaim("data", "pv-1")],
      ...volumes(
        named("pv-1", { spec: { local: { path: "/opt" } } }),
        named("pv-2", { spec: { hostPath: {} } }),
      ),
      ...copiesOf("data"),
    },
    "proved",
    "none of the 1 volumes in what 1 Schedules cover is a hostPath, and Velero has a copy of each",
  ],
  [
    "one was never copied",
    {
      ...there,
      [claimsOf("apps")]: [volumeClaim("data", "pv-1"), volumeClaim("more", "pv-1")],
      ...volumes(named("pv-1", { spec: { local: { path: "/opt" } } })),
      ...copiesOf("data"),
    },
    "unchecked",
    "none of the 2 volumes in what 1 Schedules cover is a hostPath, but Velero has no copy of apps/more; it makes one while a " +
      "pod uses the volume: kubectl -n velero get podvolumebackups",
  ],
  [
    "one is a hostPath",
    {
      ...there,
      [claimsOf("apps")]: [volumeClaim("data", "pv-1"), volumeClaim("more", "pv-2")],
      ...volumes(
        named("pv-1", { spec: { local: { path: "/opt" } } }),
        named("pv-2", { spec: { hostPath: { path: "/opt" } } }),
      ),
    },
    "failed",
    "Velero passes over hostPath volumes: apps/more (StorageClass local-path). Annotate the claim with volumeType: " +
      "local, or the StorageClass with defaultVolumeType: local, and make the volume anew, as docs/reference/backup-bucket.md says",
  ],
  [
    "one is lost",
    { ...there, [claimsOf("apps")]: [volumeClaim("data", "pv-1")], ...volumes() },
    "failed",
    "apps/data is bound to pv-1, which does not exist",
  ],
  ["there is none", there, "unchecked", "there is no volume claim in what the Schedules cover"],
  [
    "none is bound yet",
    { ...there, [claimsOf("apps")]: [volumeClaim("data")] },
    "unchecked",
    "no volume yet: apps/data",
  ],
  [
    "none can be bound",
    { ...there, [claimsOf("apps")]: [volumeClaim("data")] },
    "unchecked",
    "apps/data: no volume is made: no pod really runs on this cluster; check a cluster with real nodes",
    { simulatedPods: true },
  ],
]);

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
      assert.deepEqual(backedUpNamespaces(withTemplate(template), all), covered));
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
