import { sampleName, sampleNamespaces } from "../restoreSampleNames.js";
import { staleHours } from "../staleness.js";

/** Where the jobs of a node keep what. */
export const nodeFolders = {
  config: "/etc/backups",
  scripts: "/usr/local/libexec/backups",
  state: "/var/lib/backups",
  cache: "/var/cache/backups",
  dump: "/var/backups/pg_dump",
} as const;

/** Kubeconfig of a control-plane node; root, as which the jobs run, may read it in any case. */
const kubeconfig = "/etc/kubernetes/admin.conf";

/** Requests of one restic job when nothing has changed: snapshot, list, forget. A test counts them. */
export const resticRequestsPerRun = 50;

/** Requests a month in Oracle's free tier (https://www.oracle.com/cloud/free/). */
export const freeRequestsPerMonth = 50_000;

/** How many snapshots are kept: the last of each of so many days, weeks and months. */
export interface Retention {
  daily: number;
  weekly: number;
  monthly: number;
}

/** The text of an environment file, which systemd and a shell read alike. */
export function environment(variables: Record<string, string | number>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (String(value).includes("'")) throw new Error(`${name} has an apostrophe: ${value}`);
      return `${name}='${value}'\n`;
    })
    .join("");
}

export interface CommonVariablesArgs {
  /** Name of the bucket. */
  bucket: string;
  /** Address of the S3 API, without the bucket. */
  s3Endpoint: string;
  /** Region that requests are signed for. */
  region: string;
  /** Bytes the bucket may hold. */
  limitBytes: number;
  /** Share of the limit above which no new snapshot is made. */
  refuseAbovePercent: number;
  /** Minutes after which a job's command is ended. */
  timeoutMinutes: number;
  /** Snapshots kept of each repository. */
  keep: Retention;
  /** Where results are pushed: an address, or a Service as namespace/name. Default: nowhere. */
  pushgateway?: { url: string } | { service: string };
}

/** What every job needs to know. */
export function commonVariables(args: CommonVariablesArgs): Record<string, string | number> {
  const { pushgateway, keep } = args;
  return {
    BACKUPS_STATE: nodeFolders.state,
    BACKUPS_LOCK: `${nodeFolders.state}/lock`,
    LOCK_WAIT_SECONDS: args.timeoutMinutes * 60,
    JOB_TIMEOUT_SECONDS: args.timeoutMinutes * 60,
    ...(pushgateway === undefined
      ? {}
      : "url" in pushgateway
        ? { PUSHGATEWAY_URL: pushgateway.url }
        : { PUSHGATEWAY_SERVICE: pushgateway.service }),
    S3_ENDPOINT: args.s3Endpoint,
    S3_BUCKET: args.bucket,
    AWS_DEFAULT_REGION: args.region,
    BUCKET_LIMIT_BYTES: args.limitBytes,
    BUCKET_REFUSE_PERCENT: args.refuseAbovePercent,
    KEEP_DAILY: keep.daily,
    KEEP_WEEKLY: keep.weekly,
    KEEP_MONTHLY: keep.monthly,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: `${nodeFolders.cache}/kube`,
    RESTIC_CACHE_DIR: `${nodeFolders.cache}/restic`,
  };
}

/** What names one restic repository; the credentials are files. */
export function repositoryVariables(
  prefix: string,
  { bucket, s3Endpoint }: Pick<CommonVariablesArgs, "bucket" | "s3Endpoint">,
): Record<string, string | number> {
  return {
    REPOSITORY_PREFIX: prefix,
    RESTIC_REPOSITORY: `s3:${s3Endpoint}/${bucket}/${prefix}`,
    RESTIC_PASSWORD_FILE: `${nodeFolders.config}/${prefix}.password`,
    AWS_SHARED_CREDENTIALS_FILE: `${nodeFolders.config}/node-jobs.credentials`,
  };
}

/** What a job that backs up folders needs besides. */
export function foldersVariables(paths: readonly string[]): Record<string, string | number> {
  return { BACKUP_PATHS: paths.join("\n"), SAMPLE_FILES: 200, SAMPLE_FILE_BYTES: 16 * 2 ** 20 };
}

/** How the node reaches PostgreSQL. */
export type PostgresSource =
  | {
      /** Namespace of the server's pod. */
      namespace: string;
      /** Labels of the pod that may write. */
      selector: string;
      /** Container in that pod. */
      container: string;
    }
  | {
      /** Host name or address. */
      host: string;
      port: number;
      /** A superuser: roles are dumped too. */
      user: string;
    };

/** What the dump of PostgreSQL needs besides. */
export function postgresVariables(source: PostgresSource): Record<string, string | number> {
  return {
    POSTGRES_DUMP_FOLDER: nodeFolders.dump,
    POSTGRES_WAIT_SECONDS: 600,
    ...("host" in source
      ? {
          PGHOST: source.host,
          PGPORT: source.port,
          PGUSER: source.user,
          PGPASSFILE: `${nodeFolders.config}/pgpass`,
        }
      : {
          POSTGRES_NAMESPACE: source.namespace,
          POSTGRES_POD_SELECTOR: source.selector,
          POSTGRES_CONTAINER: source.container,
        }),
  };
}

/** What the drill needs to restore the sample with Velero. */
export function veleroDrillVariables(namespace: string): Record<string, string | number> {
  return {
    VELERO_NAMESPACE: namespace,
    VELERO_SCHEDULE: sampleName,
    VELERO_MAX_AGE_HOURS: staleHours,
    VELERO_WAIT_SECONDS: 1800,
    DRILL_NAMESPACE: sampleNamespaces.home,
    RESTORED_NAMESPACE: sampleNamespaces.restored,
  };
}

/** One line of libpq's password file (https://www.postgresql.org/docs/current/libpq-pgpass.html). */
export function pgpass(source: { host: string; port: number; user: string }, password: string): string {
  const escaped = [source.host, String(source.port), "*", source.user, password].map((field) =>
    field === "*" ? field : field.replace(/[\\:]/g, "\\$&"),
  );
  return `${escaped.join(":")}\n`;
}

/** Seconds of a duration such as 1h30m. */
export function seconds(duration: string): number {
  const units = { h: 3600, m: 60, s: 1 };
  return [...duration.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );
}

/** Requests Velero makes in 730 hours without doing anything: it lists the bucket once at each of its intervals. */
export function veleroRequestsPerMonth(...intervals: string[]): number {
  return intervals.reduce((sum, interval) => sum + Math.ceil((730 * 3600) / seconds(interval)), 0);
}
