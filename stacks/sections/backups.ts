import type { Provider as OciProvider } from "@pulumi/oci/provider.js";
import { BackupStorage, nodeJobPrefixes, veleroPrefix } from "../../components/backups/backupStorage.js";
import { NodeJobs, type NodeJobsArgs } from "../../components/backups/nodeJobs.js";
import { RestoreSample } from "../../components/backups/restoreSample.js";
import { Velero } from "../../components/backups/velero.js";
import { credentialsUsers } from "../../components/backups/veleroValues.js";
import { addOnNamespaces } from "../../components/common/addOnNamespaces.js";
import { Reloader } from "../../components/common/reloader.js";
import { drillsVelero, veleroSchedules } from "../settings/derived/drill.js";
import { monitoringOf } from "../settings/derived/monitoring.js";
import { releaseOptions } from "../settings/derived/release.js";
import type { Settings } from "../settings/index.js";
import { after, namespaceIn, type ClusterBase } from "./cluster.js";

/** What backups need outside the cluster: the bucket, and the jobs of a node if they are enabled. */
export function backupStorage(
  settings: Settings,
  provider: OciProvider,
): { storage: BackupStorage; nodeJobs: NodeJobs | undefined } {
  const { oci, bucket, previousVersionDays, jobs } = settings.backups;
  const storage = new BackupStorage(
    "backups",
    { oci, bucket, previousVersionDays },
    { providers: [provider] },
  );
  const nodeJobs = jobs.enabled ? new NodeJobs("node-jobs", nodeJobsArgs(settings, storage)) : undefined;
  return { storage, nodeJobs };
}

/** Velero, and what the restore drill has it back up. */
export function backups(settings: Settings, base: ClusterBase, storage: BackupStorage): void {
  const { velero, jobs, oci } = settings.backups;
  const withPods = after(base, base.cilium);
  const namespace = namespaceIn(base, addOnNamespaces.velero);
  new Velero(
    "backups-velero",
    {
      ...velero,
      schedules: veleroSchedules(settings),
      namespace,
      bucket: storage.bucketName,
      region: oci.region,
      s3Endpoint: storage.s3Endpoint,
      accessKey: storage.veleroAccessKey,
      secretKey: storage.veleroSecretKey,
      prefix: veleroPrefix,
      monitoring: monitoringOf(settings),
      ...releaseOptions(settings, "velero"),
    },
    withPods,
  );
  new Reloader(
    "velero-reloader",
    { namespace, ...credentialsUsers, ...releaseOptions(settings, "reloader") },
    withPods,
  );
  if (drillsVelero(settings)) {
    new RestoreSample(
      "restore-sample",
      { ...jobs.restoreDrill.velero, namespace: namespaceIn(base, addOnNamespaces.restoreDrill) },
      withPods,
    );
  }
}

/** What the settings and the bucket say of the backup jobs on a node. */
function nodeJobsArgs(settings: Settings, bucket: BackupStorage): NodeJobsArgs {
  const { cluster, backups, monitoring } = settings;
  const { jobs, velero, oci } = backups;
  const { postgres } = jobs;
  const [weekday, time] = jobs.restoreDrill.time.split(" ");
  return {
    node: jobs.node ?? cluster.nodes[0]!.name,
    bucket: bucket.bucketName,
    s3Endpoint: bucket.s3Endpoint,
    region: oci.region,
    accessKey: bucket.nodeJobsAccessKey,
    secretKey: bucket.nodeJobsSecretKey,
    statisticsAccessKey: bucket.statisticsAccessKey,
    statisticsSecretKey: bucket.statisticsSecretKey,
    prefixes: [veleroPrefix, ...nodeJobPrefixes],
    limitBytes: jobs.bucket.limitGiB * 2 ** 30,
    refuseAbovePercent: jobs.bucket.refuseAbovePercent,
    timeoutMinutes: jobs.timeoutMinutes,
    keep: jobs.keep,
    pushgateway: !monitoring.enabled
      ? undefined
      : jobs.pushgateway
        ? { url: jobs.pushgateway }
        : { service: `${monitoring.namespace}/prometheus-pushgateway` },
    times: {
      volumes: { time: jobs.volumes.time },
      host: { time: jobs.host.time },
      statistics: { time: jobs.statistics.time },
      restoreDrill: { weekday, time: time! },
    },
    volumes: jobs.volumes,
    host: jobs.host,
    postgres: postgres.enabled
      ? {
          source: postgres.server ?? postgres.pod,
          userPassword: postgres.server?.password,
          password: postgres.password,
          time: { time: postgres.time },
          tools: postgres.tools,
          drillUser: postgres.drillUser,
        }
      : undefined,
    checkWeeks: jobs.restoreDrill.checkWeeks,
    velero: drillsVelero(settings) ? { namespace: addOnNamespaces.velero } : undefined,
    veleroIntervals: [velero.backupSyncPeriod, velero.validationFrequency],
  };
}
