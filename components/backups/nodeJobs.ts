import { readdirSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import type { KnownNodeFile } from "../control-plane/node/bundle.js";
import {
  commonVariables,
  environment,
  foldersVariables,
  freeRequestsPerMonth,
  nodeFolders,
  pgpass,
  postgresVariables,
  repositoryVariables,
  resticRequestsPerRun,
  veleroDrillVariables,
  veleroRequestsPerMonth,
  type CommonVariablesArgs,
  type PostgresSource,
} from "./node/environment.js";
import { unitFiles, type JobName, type Time } from "./node/units.js";
import { awsCredentials } from "./velero.js";

export interface NodeJobsArgs extends Omit<CommonVariablesArgs, "s3Endpoint" | "bucket"> {
  /** The node whose files these are: one, since its jobs share their locks and the names of their metrics. */
  node: string;
  /** Name of the bucket. */
  bucket: pulumi.Input<string>;
  /** Address of the S3 API, without the bucket. */
  s3Endpoint: pulumi.Input<string>;
  /** Key that reads and writes under the prefixes of the jobs. The second is secret. */
  accessKey: pulumi.Input<string>;
  secretKey: pulumi.Input<string>;
  /** Key that only lists. The second is secret. */
  statisticsAccessKey: pulumi.Input<string>;
  statisticsSecretKey: pulumi.Input<string>;
  /** Every prefix of the bucket. */
  prefixes: readonly string[];
  /** When each job runs. */
  times: Record<Exclude<JobName, "postgres">, Time>;
  /** Raw data of volumes, to restic-k8s/. */
  volumes: FoldersArgs;
  /** Configuration of the host, to restic-host/. */
  host: FoldersArgs;
  /** PostgreSQL, to pg-dump/. Default: none is dumped. */
  postgres?: {
    source: PostgresSource;
    /** Password of the user of a source with a host. Secret. Default: the server asks for none. */
    userPassword?: pulumi.Input<string>;
    /** Password of the repository. Secret. Default: generated. */
    password?: pulumi.Input<string>;
    time: Time;
    /** Folder on the node with initdb and postgres of the server's major version, for the drill. */
    tools: string;
    /** Account that the drill's server runs as. */
    drillUser: string;
  };
  /** Weeks in which the drill has read every pack once. */
  checkWeeks: number;
  /** Velero, where the drill restores the sample with it. Default: it does not. */
  velero?: {
    /** Its namespace. */
    namespace: string;
  };
  /** Velero's intervals between its looks at the bucket, which count as requests. */
  veleroIntervals: readonly string[];
}

export interface FoldersArgs {
  /** Folders that are backed up. */
  paths: readonly string[];
  /** Patterns of what is left out, as in restic's --exclude-file. */
  excludes: readonly string[];
  /** Password of the repository, which never changes. Secret. Default: generated. */
  password?: pulumi.Input<string>;
}

/**
 * Backups that run on a node and not in the cluster, so that they need nothing of it: restic for raw data of volumes
 * and for the host, pg_dumpall, statistics of the bucket, and the drill that restores from it. As files: scripts, systemd
 * units with timers, and owner-only files with settings and credentials.
 */
export class NodeJobs extends pulumi.ComponentResource {
  /** Scripts and systemd units. */
  readonly publicFiles: pulumi.Output<KnownNodeFile[]>;
  /** Settings and credentials. Secret. */
  readonly secretFiles: pulumi.Output<KnownNodeFile[]>;

  constructor(name: string, args: NodeJobsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:backups:NodeJobs", name, {}, opts);

    const password = (prefix: string, given: pulumi.Input<string> | undefined) =>
      pulumi.secret(
        given ??
          new RandomPassword(
            `${name}-${prefix}-repository-password`,
            { length: 40, special: false },
            { parent: this, protect: true },
          ).result,
      );
    const { postgres } = args;
    const passwords: Record<string, pulumi.Output<string>> = {
      "restic-k8s": password("restic-k8s", args.volumes.password),
      "restic-host": password("restic-host", args.host.password),
      ...(postgres ? { "pg-dump": password("pg-dump", postgres.password) } : {}),
    };

    const ofNode = (files: KnownNodeFile[]) => files.map((file) => ({ ...file, node: args.node }));
    this.publicFiles = pulumi.output(ofNode(nodeJobPrograms(args)));
    this.secretFiles = pulumi.secret(
      pulumi
        .output({
          bucket: args.bucket,
          s3Endpoint: args.s3Endpoint,
          accessKey: args.accessKey,
          secretKey: args.secretKey,
          statisticsAccessKey: args.statisticsAccessKey,
          statisticsSecretKey: args.statisticsSecretKey,
          repositories: passwords,
          userPassword: postgres?.userPassword,
        })
        .apply((known) => ofNode(nodeJobSettings(args, known))),
    );
    this.registerOutputs({ publicFiles: this.publicFiles, secretFiles: this.secretFiles });
  }
}

/** What is known only once the bucket and its users exist. */
export interface KnownStorage {
  bucket: string;
  s3Endpoint: string;
  accessKey: string;
  secretKey: string;
  statisticsAccessKey: string;
  statisticsSecretKey: string;
  /** Passwords by prefix. */
  repositories: Record<string, string>;
  /** Password of PostgreSQL's user, where one is needed. */
  userPassword?: string;
}

/** Scripts and units. */
export function nodeJobPrograms({ postgres, times, timeoutMinutes }: NodeJobsArgs): KnownNodeFile[] {
  return [
    ...scriptFiles(),
    ...unitFiles({ ...times, ...(postgres ? { postgres: postgres.time } : {}) }, timeoutMinutes),
  ];
}

/** Settings and credentials, for root alone. */
export function nodeJobSettings(args: NodeJobsArgs, known: KnownStorage): KnownNodeFile[] {
  const { postgres, velero, volumes, host } = args;
  const repository = (prefix: string, variables: Record<string, string | number>): [string, string] => [
    `${prefix}.env`,
    environment({ ...repositoryVariables(prefix, known), ...variables }),
  ];
  const config: [name: string, content: string][] = [
    ["common.env", environment(commonVariables({ ...args, ...known }))],
    ["node-jobs.credentials", awsCredentials(known.accessKey, known.secretKey)],
    ["statistics.credentials", awsCredentials(known.statisticsAccessKey, known.statisticsSecretKey)],
    repository("restic-k8s", foldersVariables(volumes.paths)),
    ["restic-k8s.exclude", excludeFile(volumes.excludes)],
    repository("restic-host", foldersVariables(host.paths)),
    ["restic-host.exclude", excludeFile(host.excludes)],
    ["statistics.env", environment(statisticsVariables(args))],
    ["restore-drill.env", environment(drillVariables(args))],
    ...Object.entries(known.repositories).map(([prefix, password]): [string, string] => [
      `${prefix}.password`,
      `${password}\n`,
    ]),
  ];
  if (postgres) {
    config.push(repository("pg-dump", postgresVariables(postgres.source)));
    if ("host" in postgres.source && known.userPassword !== undefined) {
      config.push(["pgpass", pgpass(postgres.source, known.userPassword)]);
    }
  }
  if (velero) config.push(["velero.env", environment(veleroDrillVariables(velero.namespace))]);
  return config.map(([name, content]) => ({
    path: `${nodeFolders.config}/${name}`,
    mode: "0600",
    content,
  }));
}

/** Never backed up: the Pulumi state, which opens every backup, and the credentials of the backups themselves. */
const neverBackedUp = [".pulumi", nodeFolders.config];

function excludeFile(patterns: readonly string[]): string {
  return [...neverBackedUp, ...patterns].map((pattern) => `${pattern}\n`).join("");
}

function statisticsVariables(args: NodeJobsArgs): Record<string, string | number> {
  return {
    AWS_SHARED_CREDENTIALS_FILE: `${nodeFolders.config}/statistics.credentials`,
    BUCKET_PREFIXES: args.prefixes.join(" "),
    RESTIC_RUNS_PER_DAY: args.postgres ? 3 : 2,
    RESTIC_REQUESTS_PER_RUN: resticRequestsPerRun,
    VELERO_REQUESTS_PER_MONTH: veleroRequestsPerMonth(...args.veleroIntervals),
    REQUESTS_PER_MONTH_LIMIT: freeRequestsPerMonth,
  };
}

function drillVariables({ postgres, velero, checkWeeks }: NodeJobsArgs): Record<string, string | number> {
  const others = [...(postgres ? ["pg-dump"] : []), ...(velero ? ["velero"] : [])];
  return {
    DRILL_PREFIXES: ["restic-k8s", "restic-host", ...others].join(" "),
    CHECK_WEEKS: checkWeeks,
    ...(postgres ? { POSTGRES_TOOLS: postgres.tools, POSTGRES_DRILL_USER: postgres.drillUser } : {}),
  };
}

/** The shell scripts in node/, and what they source in node/lib/. */
function scriptFiles(): KnownNodeFile[] {
  const scripts = new URL("./node/", import.meta.url);
  return readdirSync(scripts, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".sh"))
    .sort()
    .map((file) => ({
      path: `${nodeFolders.scripts}/${file}`,
      mode: file.startsWith("lib/") ? "0644" : "0755",
      content: readFileSync(new URL(file, scripts), "utf8"),
    }));
}
