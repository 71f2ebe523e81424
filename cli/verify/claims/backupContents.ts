import { credentialsSecret, repositorySecret } from "../../../components/backups/veleroValues.js";
import { sealingKeyLabel } from "../../../components/secrets/sealingKeys.js";
import { failed, judged, proved, unchecked, type Claim, type Finding } from "../claim.js";
import { list, namespacedName, type KubeObject } from "../cluster/objects.js";
import type { Target } from "../cluster/target.js";
import {
  heldObjects,
  namespace,
  backedUpNamespaces,
  readSchedules,
  velero,
  type LiveSchedule,
} from "../checks/backups/velero.js";
import { missingRelease, needsRealPods } from "../cluster/workloads.js";

/** What backups hold, and what they must not. */
export const contentClaims: Claim[] = [
  {
    claim:
      "Backups leave out sealing keys, Helm releases, Secrets of SealedSecrets and the keys to the backups",
    check: secretsLeftOut,
  },
  { claim: "Velero can read every volume that it is to back up", check: readableVolumes },
];

const guide = "docs/reference/backup-bucket.md";

/** Kinds of Secrets that come back from the state or from Git, and what is to be done about one that is backed up. */
const kinds = {
  sealed: {
    one: "of a SealedSecret",
    mend: `label those that exist, and before Kubernetes 1.36 the template of each SealedSecret, as ${guide} says`,
  },
  sealingKey: { one: "a sealing key", mend: "pulumi up gives the Schedules the selector that leaves it out" },
  helm: { one: "of a Helm release", mend: "pulumi up gives the Schedules the selector that leaves it out" },
  own: { one: "a key to the backups", mend: "pulumi up gives it the label that leaves it out" },
} as const;

function kindOf({ metadata }: KubeObject): keyof typeof kinds | undefined {
  if (metadata.ownerReferences?.some(({ kind }) => kind === "SealedSecret")) return "sealed";
  if (sealingKeyLabel in (metadata.labels ?? {})) return "sealingKey";
  const keys: string[] = [credentialsSecret.name, repositorySecret.name];
  return metadata.namespace === namespace && keys.includes(metadata.name) ? "own" : undefined;
}

/** Names and labels alone: no value of a Secret is asked for. */
async function secretsLeftOut(target: Target): Promise<Finding> {
  const covered = await coverage(target);
  if ("status" in covered) return covered;
  const problems = new Map<keyof typeof kinds, Set<string>>();
  const held = new Set<string>();
  for (const { schedule, namespaces } of covered) {
    const secrets = (query?: string) =>
      heldObjects(target, schedule, namespaces, "secrets", { query, metadataOnly: true });
    const report = (kind: keyof typeof kinds, secret: KubeObject) =>
      problems.set(kind, (problems.get(kind) ?? new Set()).add(namespacedName(secret)));
    for (const secret of await secrets()) {
      held.add(namespacedName(secret));
      const kind = kindOf(secret);
      if (kind) report(kind, secret);
    }
    // The type is no part of the metadata.
    for (const secret of await secrets("&fieldSelector=type%3Dhelm.sh%2Frelease.v1")) report("helm", secret);
  }
  const all = new Set<string>();
  for (const name of new Set(covered.flatMap(({ namespaces }) => namespaces))) {
    const secrets = (await list(target.api, `/api/v1/namespaces/${name}/secrets`, true)) ?? [];
    for (const secret of secrets) all.add(namespacedName(secret));
  }
  return judged(
    [...problems].map(
      ([kind, names]) =>
        `would be backed up, readable in the bucket, though ${kinds[kind].one}: ${[...names].sort().join(", ")}; ${kinds[kind].mend}`,
    ),
    `of ${all.size} Secrets in what ${covered.length} Schedules cover, ${all.size - held.size} are left out; ` +
      `the other ${held.size} are none of these`,
  );
}

type VolumeClaim = KubeObject & { spec: { volumeName?: string; storageClassName?: string } };
type Volume = KubeObject & { spec: { hostPath?: { path: string } } };

/**
 * Velero's file system backup passes over hostPath volumes with no more than a warning
 * (https://github.com/vmware-tanzu/velero/blob/v1.18.1/pkg/podvolume/backupper.go, isHostPathVolume), which is what
 * local-path-provisioner makes unless it is told otherwise (https://github.com/rancher/local-path-provisioner/pull/260).
 */
async function readableVolumes(target: Target): Promise<Finding> {
  const covered = await coverage(target);
  if ("status" in covered) return covered;
  const claims = new Map<string, VolumeClaim>();
  for (const { schedule, namespaces } of covered) {
    const plural = "persistentvolumeclaims";
    for (const claim of await heldObjects<VolumeClaim>(target, schedule, namespaces, plural)) {
      claims.set(namespacedName(claim), claim);
    }
  }
  if (claims.size === 0) return unchecked("there is no volume claim in what the Schedules cover");
  const bound = [...claims.values()].filter(({ spec }) => spec.volumeName);
  if (bound.length === 0 && target.simulatedPods) {
    return needsRealPods(`${[...claims.keys()].sort().join(", ")}: no volume is made`);
  }
  if (bound.length === 0) return unchecked(`no volume yet: ${[...claims.keys()].sort().join(", ")}`);
  const volumes = (await list<Volume>(target.api, "/api/v1/persistentvolumes")) ?? [];
  const hostPaths = new Set(
    volumes.filter(({ spec }) => spec.hostPath !== undefined).map(({ metadata }) => metadata.name),
  );
  const there = new Set(volumes.map(({ metadata }) => metadata.name));
  const lost = bound.filter(({ spec }) => !there.has(spec.volumeName!));
  const skipped = bound.filter(({ spec }) => hostPaths.has(spec.volumeName!));
  const classes = [...new Set(skipped.map(({ spec }) => spec.storageClassName ?? "none"))].sort().join(", ");
  const problems = [
    ...lost.map(
      (claim) => `${namespacedName(claim)} is bound to ${claim.spec.volumeName}, which does not exist`,
    ),
    ...(skipped.length === 0
      ? []
      : [
          `Velero passes over hostPath volumes: ${skipped.map(namespacedName).sort().join(", ")} (StorageClass ${classes}). ` +
            "Annotate the claim with volumeType: local, or the StorageClass with defaultVolumeType: local, and make " +
            `the volume anew, as ${guide} says`,
        ]),
  ];
  if (problems.length > 0) return failed(problems.join("; "));
  const able = `none of the ${bound.length} volumes in what ${covered.length} Schedules cover is a hostPath`;
  const copies = (await list<Copy>(target.api, `${velero}/podvolumebackups`)) ?? [];
  const copied = new Set(
    copies
      .filter(({ status }) => status?.phase === "Completed")
      .flatMap(({ metadata }) => metadata.labels?.[claimLabel] ?? []),
  );
  const unread = bound.filter(({ metadata }) => !copied.has(metadata.uid ?? ""));
  return unread.length > 0
    ? unchecked(
        `${able}, but Velero has no copy of ${unread.map(namespacedName).sort().join(", ")}; it makes one while a pod uses the ` +
          `volume: kubectl -n ${namespace} get podvolumebackups`,
      )
    : proved(`${able}, and Velero has a copy of each`);
}

type Copy = KubeObject & { status?: { phase?: string } };

/** Names the claim whose volume was copied, by its uid (https://github.com/vmware-tanzu/velero/blob/v1.18.1/pkg/podvolume/backupper.go). */
const claimLabel = "velero.io/pvc-uid";

/** The Schedules and the namespaces each covers; a finding where there is nothing to look at. */
async function coverage(
  target: Target,
): Promise<{ schedule: LiveSchedule; namespaces: string[] }[] | Finding> {
  const schedules = await readSchedules(target);
  if (!schedules) return missingRelease(target, "velero", "the cluster knows no Schedules");
  if (schedules.length === 0) return unchecked("there is no Schedule");
  const all = ((await list(target.api, "/api/v1/namespaces", true)) ?? []).map(
    ({ metadata }) => metadata.name,
  );
  return schedules.map((schedule) => ({ schedule, namespaces: backedUpNamespaces(schedule, all) }));
}
