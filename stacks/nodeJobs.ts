import { nodeJobPrefixes, veleroPrefix, type BackupStorage } from "../components/backups/backupStorage.js";
import type { NodeJobsArgs } from "../components/backups/nodeJobs.js";
import { addOnNamespaces } from "../components/common/addOnNamespaces.js";
import { drillsVelero } from "./settings/derived/drill.js";
import type { Settings } from "./settings/index.js";

/** What the settings and the bucket say of the backup jobs on a node. */
export function nodeJobsArgs(settings: Settings, bucket: BackupStorage): NodeJobsArgs {
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
