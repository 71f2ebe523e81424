import { workload } from "./fakeTarget.js";
import { claims, simulated, recorded, recordedEvidence } from "./addonClaims.js";
import { asTold, location, path, told, url, volumesBy, withArgs } from "./pairs/dataLoss.js";

claims("Data loss", "Velero has volumes copied", {
  "proved: it does": [
    { ...asTold, ...volumesBy("kopia", "Completed") },
    "--uploader-type=kopia, --default-volumes-to-fs-backup; 1 volumes copied by Kopia",
  ],
  "unchecked: nothing was copied yet": [asTold, /but no backup has copied a volume by Kopia yet$/],
  "unchecked: nothing was copied whole": [
    { ...asTold, ...volumesBy("kopia", "Failed") },
    /no backup has copied/,
  ],
  "unchecked: restic copied": [{ ...asTold, ...volumesBy("restic", "Completed") }, /no backup has copied/],
  "unchecked: its pods are simulated": [asTold, /no volume is copied: no pod/, simulated],
  "failed: it does not run": [
    { [path]: workload("velero", 0, 1, [{ name: "velero", args: told }]) },
    "velero has no pod ready",
  ],
  "failed: only where a pod asks for it": [
    withArgs("--uploader-type=kopia", "--default-volumes-to-fs-backup=false"),
    "velero runs without --default-volumes-to-fs-backup",
  ],
  "unchecked: it is recorded": [{}, recordedEvidence("velero"), recorded("velero")],
});

claims("Data loss", "Backups go to OCI", {
  "proved: they do": [location({ phase: "Available" }), `homelab-backups/velero at ${url}, Available`],
  "failed: they cannot": [
    location({ phase: "Unavailable", message: "403" }),
    "BackupStorageLocation default: it is Unavailable: 403",
  ],
  "failed: nobody has tried": [location(undefined), "BackupStorageLocation default: it is not looked at yet"],
  "unchecked: nobody could try": [location(undefined), /but Velero has not tried to reach it/, simulated],
  "failed: they go elsewhere": [
    location({ phase: "Available" }, { region: "us-east-1", s3Url: "https://s3.amazonaws.com" }, "other"),
    "BackupStorageLocation default: its bucket is other, not homelab-backups; BackupStorageLocation default: its region " +
      "is us-east-1, not sa-saopaulo-1; BackupStorageLocation default: https://s3.amazonaws.com is not the S3 API of sa-saopaulo-1",
  ],
  "failed: a simulated cluster is no excuse for the wrong bucket": [
    location(undefined, {}, "other"),
    /^BackupStorageLocation default: its bucket is other/,
    simulated,
  ],
  "failed: there is none": [{}, "there is no BackupStorageLocation velero/default"],
});
