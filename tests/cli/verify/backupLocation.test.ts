import { claims, simulated } from "./addonClaims.js";
import { found, location, running, url } from "./pairs/dataLoss.js";

claims("Data loss", "Backups go to OCI", [
  [
    "they do",
    { ...location(found()), ...running() },
    "proved",
    new RegExp(`^homelab-backups/velero at ${url}, Available on \\d{4}-`),
  ],
  [
    "they cannot",
    { ...location({ ...found("Unavailable"), message: "403" }), ...running() },
    "failed",
    "BackupStorageLocation default: it is Unavailable: 403",
  ],
  [
    "nobody has tried",
    { ...location(undefined), ...running() },
    "failed",
    "BackupStorageLocation default: it is not looked at yet",
  ],
  [
    "nobody has tried of late",
    { ...location(found("Available", 3)), ...running() },
    "failed",
    /^BackupStorageLocation default: it is Available, but Velero last looked at it on \d{4}-/,
  ],
  [
    "Velero looks less often",
    { ...location(found("Available", 3)), ...running() },
    "proved",
    /Available/,
    { settings: { "backups.velero.validationFrequency": "4h" } },
  ],
  [
    "Velero is gone",
    { ...location(found()), ...running(0) },
    "failed",
    "Deployment velero/velero has 0 of 1 pods ready",
  ],
  ["nobody could try", location(undefined), "unchecked", /but Velero has not tried to reach it/, simulated],
  [
    "they go elsewhere",
    {
      ...location(found(), { region: "us-east-1", s3Url: "https://s3.amazonaws.com" }, "other"),
      ...running(),
    },
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
