import { named, workload } from "./fakeTarget.js";
import { claims, simulated, recorded, recordedEvidence, withoutDrill } from "./addonClaims.js";
import {
  asTold,
  backup,
  backups,
  location,
  made,
  path,
  schedule,
  settings,
  told,
  url,
  velero,
  volumesBy,
  withArgs,
} from "./pairs/dataLoss.js";

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

claims("Data loss", "Every schedule is there", [
  ["it is", schedule({}, { phase: "Enabled" }), "proved", "apps-daily (0 2 * * *)", { settings }],
  [
    "Velero has not looked at one that nobody asked for",
    {
      [`${velero}/schedules`]: [
        ...schedule({}, { phase: "Enabled" })[`${velero}/schedules`],
        named("another", { spec: { schedule: "0 1 * * *", template: {} } }),
      ],
    },
    "proved",
    "apps-daily (0 2 * * *)",
    { settings },
  ],
  ["Velero is not there", schedule(), "failed", "Velero has not looked at apps-daily", { settings }],
  ["nobody makes backups", schedule(), "unchecked", /^apps-daily .*: no pod/, { settings, ...simulated }],
  [
    "it is paused",
    schedule({ paused: true }, { phase: "Enabled" }),
    "failed",
    "apps-daily is paused",
    { settings },
  ],
  [
    "it is another",
    schedule({ schedule: "@weekly", template: {} }, { phase: "Enabled" }),
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
const weekly = {
  settings: {
    ...withoutDrill,
    "backups.velero.schedules": [{ name: "apps-daily", namespaces: ["apps"], cron: "0 2 * * 0" }],
  },
};
claims("Data loss", "The last complete backup of every schedule", [
  [
    "it is",
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
  [
    "the last of a weekly one is of this week",
    backups(backup("Completed", 190)),
    "proved",
    /^apps-daily /,
    weekly,
  ],
  [
    "the last of a weekly one is older than a week and a day",
    backups(backup("Completed", 194)),
    "failed",
    /^apps-daily: the last complete backup is of /,
    weekly,
  ],
  ["there is none", backups(), "failed", "apps-daily: no complete backup", { settings }],
  [
    "there can be none yet",
    { ...backups(), ...made(100) },
    "unchecked",
    /^apps-daily \(0 2 \* \* 0\) was made on .* and has not completed a backup yet$/,
    weekly,
  ],
  [
    "the first is being made",
    { ...backups(backup("InProgress", 0)), ...made(1) },
    "unchecked",
    /yet$/,
    weekly,
  ],
  [
    "the first failed",
    { ...backups(backup("PartiallyFailed", 1)), ...made(2) },
    "failed",
    "apps-daily: no complete backup",
    weekly,
  ],
  [
    "there is none, and no Schedule either",
    { [`${velero}/backups`]: [] },
    "failed",
    "apps-daily: no complete backup",
    { settings },
  ],
  [
    "nobody could make one",
    backups(),
    "unchecked",
    /^Velero makes no backup: no pod really/,
    { settings, ...simulated },
  ],
]);
