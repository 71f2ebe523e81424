import { workload } from "./fakeTarget.js";
import { claims, simulated, recorded, recordedEvidence } from "./addonClaims.js";
import { asTold, location, path, told, url, volumesBy, withArgs } from "./pairs/dataLoss.js";

claims("Data loss", "Velero has volumes copied", [
  [
    "it does",
    { ...asTold, ...volumesBy("kopia", "Completed") },
    "proved",
    "--uploader-type=kopia, --default-volumes-to-fs-backup; 1 volumes copied by Kopia",
  ],
  ["nothing was copied yet", asTold, "unchecked", /but no backup has copied a volume by Kopia yet$/],
  [
    "nothing was copied whole",
    { ...asTold, ...volumesBy("kopia", "Failed") },
    "unchecked",
    /no backup has copied/,
  ],
  ["restic copied", { ...asTold, ...volumesBy("restic", "Completed") }, "unchecked", /no backup has copied/],
  ["its pods are simulated", asTold, "unchecked", /no volume is copied: no pod/, simulated],
  [
    "it does not run",
    { [path]: workload("velero", 0, 1, [{ name: "velero", args: told }]) },
    "failed",
    "velero has no pod ready",
  ],
  [
    "only where a pod asks for it",
    withArgs("--uploader-type=kopia", "--default-volumes-to-fs-backup=false"),
    "failed",
    "velero runs without --default-volumes-to-fs-backup",
  ],
  ["it is recorded", {}, "unchecked", recordedEvidence("velero"), recorded("velero")],
]);

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
