import { jobUnits } from "../../../components/backups/node/units.js";
import { staleHours } from "../../../components/backups/staleness.js";
import { failed, judged, proved, unchecked, type Concern, type Finding } from "../claim.js";
import { contentClaims } from "./backupContents.js";
import { list, type KubeObject } from "../cluster/objects.js";
import type { Target } from "../cluster/target.js";
import { location, whileReached } from "../checks/backups/location.js";
import { nodeJobs } from "../checks/backups/nodeJobs.js";
import { recentBackups, schedules } from "../checks/backups/schedules.js";
import { deployment, namespace, velero } from "../checks/backups/velero.js";
import {
  missingRelease,
  needsRealPods,
  readiness,
  readWorkload,
  whileRunning,
  workloadsReady,
} from "../cluster/workloads.js";

export const dataLoss: Concern = {
  concern: "Data loss",
  mitigation: "Velero + Kopia + restic + OCI Object Storage",
  claims: [
    {
      claim: "Velero runs, with its node agent",
      check: (target) =>
        workloadsReady(target, "velero", [deployment, { kind: "DaemonSet", namespace, name: "node-agent" }]),
    },
    { claim: "Velero has volumes copied by Kopia unless told otherwise", check: kopia },
    { claim: "Kopia copies the data of volumes", check: volumeData },
    { claim: "Backups go to OCI Object Storage", check: location },
    { claim: "Every schedule is there and active", check: whileRunning(deployment, schedules) },
    {
      claim: "The last complete backup of every schedule is no more than a day over its interval old",
      check: whileReached(recentBackups),
    },
    ...contentClaims,
    {
      claim: "restic backs up raw PVC data and the host's configuration",
      check: nodeJobs(jobUnits.volumes, jobUnits.host),
    },
    { claim: "pg_dumpall makes logical backups of PostgreSQL", check: nodeJobs(jobUnits.postgres) },
  ],
};

async function kopia(target: Target): Promise<Finding> {
  const found = await readWorkload(target, deployment);
  if (!found) return missingRelease(target, "velero", `Deployment ${namespace}/velero does not exist`);
  const args = found.spec.template.spec.containers.flatMap((container) => container.args ?? []);
  const wanted = ["--uploader-type=kopia", "--default-volumes-to-fs-backup"];
  const problems = [
    ...wanted
      .filter((flag) => !args.some((arg) => arg === flag || arg === `${flag}=true`))
      .map((flag) => `velero runs without ${flag}`),
    ...((await readiness(target, deployment, found)).ready > 0 ? [] : ["velero has no pod ready"]),
  ];
  if (problems.length > 0) return failed(problems.join("; "));
  if (target.simulatedPods) return needsRealPods(`${wanted.join(", ")}, and no volume is copied`);
  const copies = (await list<PodVolumeBackup>(target.api, `${velero}/podvolumebackups`)) ?? [];
  const byKopia = copies.filter(isKopiaCopy);
  return byKopia.length > 0
    ? proved(`${wanted.join(", ")}; ${byKopia.length} volumes copied by Kopia`)
    : unchecked(`${wanted.join(", ")}, but no backup has copied a volume by Kopia yet`);
}

type PodVolumeBackup = KubeObject & {
  spec: { pod: { namespace: string; name: string }; volume: string; uploaderType?: string };
  status?: { phase?: string; message?: string };
};

function isKopiaCopy({ spec, status }: PodVolumeBackup): boolean {
  return spec.uploaderType === "kopia" && status?.phase === "Completed";
}

/** Whether a copy is still being made; one that was begun a day ago is stuck. */
function isUnderWay({ metadata, status }: PodVolumeBackup): boolean {
  const begun = Date.parse(metadata.creationTimestamp ?? "");
  const ended = /^(Completed|Failed|Canceled)$/.test(status?.phase ?? "");
  return !ended && begun >= Date.now() - 24 * 3_600_000;
}

/** Whether it does so can be seen by its copies alone. */
async function volumeData(target: Target): Promise<Finding> {
  const found = await list<PodVolumeBackup>(target.api, `${velero}/podvolumebackups`);
  if (!found) return missingRelease(target, "velero", "the cluster knows no PodVolumeBackups");
  if (target.simulatedPods)
    return needsRealPods("needs a kubelet, in whose folders Kopia reads the volumes of pods");
  const limit = Date.now() - staleHours * 3_600_000;
  const recent = found.filter(({ metadata }) => Date.parse(metadata.creationTimestamp ?? "") >= limit);
  const copied = recent.filter(isKopiaCopy).length;
  const failures = recent.filter((copy) => copy.status?.phase !== "Completed" && !isUnderWay(copy));
  if (copied + failures.length === 0)
    return unchecked(`no backup of the last ${staleHours} hours copied a volume by Kopia`);
  return judged(
    failures.map(
      ({ spec: { pod, volume }, status }) =>
        `${volume} of ${pod.namespace}/${pod.name} was not copied: ${status?.message ?? status?.phase ?? "no reason is given"}`,
    ),
    `${copied} copies of volumes in the last ${staleHours} hours, none failed`,
  );
}
