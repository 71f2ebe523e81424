import { named } from "./fakeTarget.js";
import { claims, simulated, withoutDrill, type Case } from "./addonClaims.js";
import * as world from "./pairs/dataLoss.js";
import { backup, found, location, made, running, settings, velero } from "./pairs/dataLoss.js";

/** Velero runs, and reaches its bucket. */
const schedule = (...args: Parameters<typeof world.schedule>) => ({
  ...world.schedule(...args),
  ...running(),
});
const templateWith = (fields: object) => ({ ...world.templateWith(fields), ...running() });
const backups = (...items: object[]) => ({ ...world.backups(...items), ...location(found()), ...running() });

claims("Data loss", "Every schedule is there", [
  ["it is", schedule({}, { phase: "Enabled" }), "proved", "apps-daily (0 2 * * *)", { settings }],
  [
    "Velero is gone",
    { ...schedule({}, { phase: "Enabled" }), ...running(0) },
    "failed",
    "apps-daily (0 2 * * *); but Deployment velero/velero has 0 of 1 pods ready",
    { settings },
  ],
  [
    "Velero has not looked at one that nobody asked for",
    {
      ...running(),
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
    /^apps-daily runs at "@weekly", not at "0 2 \* \* \*"; apps-daily: includedNamespaces is not set, and in the stack \["apps","db"\]; /,
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
claims("Data loss", "Every schedule is there", [
  ["its template is as the stack has it", templateWith({}), "proved", "apps-daily (0 2 * * *)", { settings }],
  [
    "its template says the same in other words",
    templateWith({
      ttl: "720h0m0s",
      hooks: {},
      metadata: { labels: {} },
      excludedResources: [],
      orLabelSelectors: null,
    }),
    "proved",
    "apps-daily (0 2 * * *)",
    { settings },
  ],
  [
    "its template is as Velero's command writes it",
    templateWith({ csiSnapshotTimeout: "0s", itemOperationTimeout: "0s", hooks: {}, metadata: {} }),
    "proved",
    "apps-daily (0 2 * * *)",
    { settings },
  ],
  ...(
    [
      [{ includedNamespaces: ["apps"] }, 'includedNamespaces is ["apps"], and in the stack ["apps","db"]'],
      [{ includedNamespaces: ["*"] }, 'includedNamespaces is ["*"], and in the stack ["apps","db"]'],
      [{ excludedNamespaces: ["db"] }, 'excludedNamespaces is ["db"], and in the stack not set'],
      [{ includedResources: ["pods"] }, 'includedResources is ["pods"], and in the stack not set'],
      [
        { excludedResources: ["persistentvolumes"] },
        'excludedResources is ["persistentvolumes"], and in the stack not set',
      ],
      [{ snapshotVolumes: true }, "snapshotVolumes is true, and in the stack false"],
      [{ snapshotVolumes: undefined }, "snapshotVolumes is not set, and in the stack false"],
      [{ defaultVolumesToFsBackup: false }, "defaultVolumesToFsBackup is false, and in the stack true"],
      [{ ttl: "24h" }, 'ttl is "24h", and in the stack "720h"'],
      [{ ttl: undefined }, 'ttl is not set, and in the stack "720h"'],
      [{ ttl: "0s" }, 'ttl is "0s", and in the stack "720h"'],
      [{ ttl: "720h0m0.5s" }, 'ttl is "720h0m0.5s", and in the stack "720h"'],
      [{ itemOperationTimeout: "1m0s" }, 'itemOperationTimeout is "1m0s", and in the stack not set'],
      [{ storageLocation: "elsewhere" }, 'storageLocation is "elsewhere", and in the stack "default"'],
      [
        { labelSelector: { matchLabels: { app: "x" } } },
        /^apps-daily: labelSelector is .*"app":"x".*, and in the stack .*"owner"/,
      ],
      [{ resourcePolicy: { kind: "configmap", name: "skip" } }, /^apps-daily: resourcePolicy is .*"skip"/],
    ] as const
  ).map(([fields, message]): Case => [
    `its template has ${JSON.stringify(fields)} where the stack has another`,
    templateWith(fields),
    "failed",
    typeof message === "string" ? `apps-daily: ${message}` : message,
    { settings },
  ]),
]);
const holding = (progress: object | undefined) => {
  const { metadata, status } = backup("Completed", 1);
  return { metadata, status: { ...status, progress } };
};
const weekly = {
  settings: {
    ...withoutDrill,
    "backups.velero.schedules": [{ name: "apps-daily", namespaces: ["apps"], cron: "0 2 * * 0" }],
  },
};
claims("Data loss", "The last complete backup of every schedule", [
  [
    "Velero does not reach the bucket",
    { ...backups(backup("Completed", 47)), ...location(found("Unavailable")) },
    "failed",
    /^apps-daily .*; but BackupStorageLocation default: it is Unavailable$/,
    { settings },
  ],
  [
    "there is no bucket",
    world.backups(backup("Completed", 47)),
    "failed",
    /^apps-daily .*; but there is no BackupStorageLocation default$/,
    { settings },
  ],
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
  [
    "the last holds objects",
    backups(backup("Completed", 30), backup("Completed", 1, { totalItems: 1, itemsBackedUp: 1 })),
    "proved",
    /^apps-daily \S+, 1 objects$/,
    { settings },
  ],
  ...[{}, { totalItems: 1 }, undefined].map((progress): Case => [
    `the last holds none by ${JSON.stringify(progress)}`,
    backups(backup("Completed", 30), holding(progress)),
    "failed",
    /^apps-daily: the last complete backup is of \S+, and holds no object$/,
    { settings },
  ]),
  [
    "the last ended when a clock is a bit behind",
    backups(backup("Completed", 30), backup("Completed", -0.5)),
    "proved",
    /^apps-daily /,
    { settings },
  ],
  [
    "the last lies in the future",
    backups(backup("Completed", 30), backup("Completed", -2)),
    "failed",
    /^apps-daily: the last complete backup is of \S+, which lies in the future$/,
    { settings },
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
