import { z } from "zod";

const names = z.array(z.string()).optional();
const flag = z.boolean().optional();
const duration = z.string().optional();
const labels = z.record(z.string(), z.string()).optional();
const labelSelector = z.strictObject({
  matchLabels: labels,
  matchExpressions: z
    .array(z.strictObject({ key: z.string(), operator: z.string(), values: names }))
    .optional(),
});
const hooks = z
  .array(
    z.strictObject({
      exec: z.strictObject({
        command: z.array(z.string()).min(1),
        container: z.string().optional(),
        onError: z.enum(["Continue", "Fail"]).optional(),
        timeout: duration,
      }),
    }),
  )
  .optional();

/** What a backup holds and how it is made (https://velero.io/docs/main/api-types/backup/). */
const backup = z.strictObject({
  csiSnapshotTimeout: duration,
  datamover: z.string().optional(),
  defaultVolumesToFsBackup: flag,
  defaultVolumesToRestic: flag,
  excludedClusterScopedResources: names,
  excludedNamespaceScopedResources: names,
  excludedNamespaces: names,
  excludedResources: names,
  hooks: z
    .strictObject({
      resources: z
        .array(
          z.strictObject({
            name: z.string(),
            excludedNamespaces: names,
            excludedResources: names,
            includedNamespaces: names,
            includedResources: names,
            labelSelector: labelSelector.optional(),
            post: hooks,
            pre: hooks,
          }),
        )
        .optional(),
    })
    .optional(),
  includeClusterResources: flag,
  includedClusterScopedResources: names,
  includedNamespaceScopedResources: names,
  includedNamespaces: names,
  includedResources: names,
  itemOperationTimeout: duration,
  labelSelector: labelSelector.optional(),
  metadata: z.strictObject({ labels }).optional(),
  orLabelSelectors: z.array(labelSelector).optional(),
  orderedResources: z.record(z.string(), z.string()).optional(),
  resourcePolicy: z
    .strictObject({ apiGroup: z.string().optional(), kind: z.string(), name: z.string() })
    .optional(),
  snapshotMoveData: flag,
  snapshotVolumes: flag,
  storageLocation: z.string().optional(),
  ttl: duration,
  uploaderConfig: z.strictObject({ parallelFilesUpload: z.int().optional() }).optional(),
  volumeGroupSnapshotLabelKey: z.string().optional(),
  volumeSnapshotLocations: names,
});

/** Schedule of Velero (https://velero.io/docs/main/api-types/schedule/). */
export const veleroSchedule = z.strictObject({
  apiVersion: z.literal("velero.io/v1"),
  kind: z.literal("Schedule"),
  metadata: z.looseObject({}),
  spec: z.strictObject({
    paused: flag,
    schedule: z.string(),
    skipImmediately: flag,
    template: backup,
    useOwnerReferencesInBackup: flag,
  }),
});
