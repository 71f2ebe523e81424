import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  nodeJobPrograms,
  nodeJobSettings,
  type KnownStorage,
  type NodeJobsArgs,
} from "../../../components/backups/nodeJobs.js";
import { nodeFolders } from "../../../components/backups/node/environment.js";
import { postgresTools, type Postgres, type S3Key, type Server } from "./servers.js";
import { membersOf, commandLinesOf } from "./processes.js";

export const bucket = "homelab-backups";
export const writer: S3Key = { accessKey: "writer-id", secretKey: "needle/writer+secret=" };
export const lister: S3Key = { accessKey: "lister-id", secretKey: "needle/lister+secret=" };

/** Every credential the files of a node hold. */
export const needles = {
  writer: writer.secretKey,
  lister: lister.secretKey,
  volumes: "needle-volumes-password",
  host: "needle-host-password",
  dump: "needle-dump-password",
};

export interface NodeOptions {
  s3: string;
  pushgateway?: Server;
  postgres?: Postgres;
  /** Folders on this machine. Default: one each in the node's own tree. */
  volumes?: string;
  host?: string[];
  overrides?: Partial<NodeJobsArgs>;
}

export interface Run {
  status: number | null;
  output: string;
  seconds: number;
  /** Command lines of the job and whatever it started, as far as they were seen. Empty unless {@link TestNode.watches}. */
  commandLines: Set<string>;
}

/** A node: its files lie in a folder, and its jobs run from there, unmodified. */
export class TestNode {
  readonly volumes: string;
  readonly host: string[];
  /** Whether a job is watched for the command lines of its processes, fifty times a second. Default: false. */
  watches = false;

  constructor(
    readonly root: string,
    readonly options: NodeOptions,
  ) {
    this.volumes = options.volumes ?? this.path("/opt/local-path-provisioner");
    this.host = options.host ?? [this.path("/home/operator"), this.path("/etc/sample")];
    for (const folder of [nodeFolders.state, nodeFolders.cache, "/tmp"])
      mkdirSync(this.path(folder), { recursive: true, mode: 0o711 });
    for (const folder of [this.volumes, ...this.host]) mkdirSync(folder, { recursive: true });
    for (const file of [...nodeJobPrograms(this.args()), ...nodeJobSettings(this.args(), this.known())]) {
      const path = this.path(file.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(
        path,
        file.path.startsWith(nodeFolders.config) ? this.moved(file.content) : file.content,
        {
          mode: parseInt(file.mode, 8),
        },
      );
    }
  }

  args(): NodeJobsArgs {
    const { s3, pushgateway, postgres, overrides } = this.options;
    const at = { time: "03:00" };
    return {
      node: "node-1",
      bucket,
      s3Endpoint: s3,
      ...writer,
      statisticsAccessKey: lister.accessKey,
      statisticsSecretKey: lister.secretKey,
      region: "sa-saopaulo-1",
      limitBytes: 20 * 2 ** 30,
      refuseAbovePercent: 95,
      timeoutMinutes: 10,
      keep: { daily: 7, weekly: 4, monthly: 6 },
      prefixes: ["velero", "restic-k8s", "restic-host", "pg-dump"],
      times: { volumes: at, host: at, statistics: at, restoreDrill: { weekday: "Sun", ...at } },
      volumes: { paths: [this.volumes], excludes: [], password: needles.volumes },
      host: { paths: this.host, excludes: [".cache"], password: needles.host },
      checkWeeks: 1,
      veleroIntervals: ["1h", "1h"],
      ...(pushgateway ? { pushgateway: { url: pushgateway.url } } : {}),
      ...(postgres
        ? {
            postgres: {
              source: { host: postgres.socket, port: 5432, user: postgres.superuser },
              password: needles.dump,
              time: at,
              tools: postgresTools(),
              drillUser: "nobody",
            },
          }
        : {}),
      ...overrides,
    };
  }

  private known(): KnownStorage {
    return {
      bucket,
      s3Endpoint: this.options.s3,
      ...writer,
      statisticsAccessKey: lister.accessKey,
      statisticsSecretKey: lister.secretKey,
      repositories: {
        "restic-k8s": needles.volumes,
        "restic-host": needles.host,
        ...(this.options.postgres ? { "pg-dump": needles.dump } : {}),
      },
    };
  }

  /** Where a path of the node is on this machine. */
  path(path: string): string {
    return join(this.root, path);
  }

  /** Text with the folders of the node where they are on this machine. */
  private moved(text: string): string {
    return Object.values(nodeFolders).reduce(
      (result, folder) => result.replaceAll(new RegExp(`(?<=^|')${folder}`, "gm"), this.path(folder)),
      text,
    );
  }

  /** Changes settings as a later line of the file does. */
  set(file: string, variables: Record<string, string | number>): void {
    const lines = Object.entries(variables).map(([name, value]) => `${name}='${value}'\n`);
    appendFileSync(this.path(`${nodeFolders.config}/${file}.env`), lines.join(""));
  }

  write(name: string, content: string): void {
    writeFileSync(this.path(`${nodeFolders.config}/${name}`), content, { mode: 0o600 });
  }

  read(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  /** Starts a job in a process group of its own. */
  start(job: string, args: string[] = [], environment: Record<string, string> = {}) {
    return this.spawn(this.commandOf(job, args), environment);
  }

  /** A job's command, with the capabilities that its unit leaves root. Without root there are none to take. */
  private commandOf(job: string, args: string[]): string[] {
    const script = [this.path(`${nodeFolders.scripts}/${job}.sh`), ...args];
    const unit = `/etc/systemd/system/${job}.service`;
    if (process.getuid!() !== 0 || !existsSync(this.path(unit))) return script;
    const kept = /^CapabilityBoundingSet=(.*)$/m.exec(this.read(unit))![1]!.split(" ").filter(Boolean);
    const set = ["-all", ...kept.map((name) => name.replace("CAP_", "+").toLowerCase())].join(",");
    return ["setpriv", "--bounding-set", set, "--inh-caps=-all", "--no-new-privs", ...script];
  }

  private spawn(command: string[], environment: Record<string, string>) {
    const started = performance.now();
    const { PATH } = process.env;
    const child = spawn(command[0]!, command.slice(1), {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH,
        HOME: this.root,
        BACKUPS_CONFIG: this.path(nodeFolders.config),
        TMPDIR: this.path("/tmp"),
        ...environment,
      },
    });
    let output = "";
    const commandLines = new Set<string>();
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (output += data.toString()));
    let running = true;
    const done = new Promise<Run>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status) => {
        running = false;
        resolve({ status, output, seconds: (performance.now() - started) / 1000, commandLines });
      });
    });
    const watch = async () => {
      while (running) {
        for (const line of commandLinesOf(child.pid!)) commandLines.add(line);
        await sleep(20);
      }
    };
    if (this.watches) void watch();
    return {
      pid: child.pid!,
      done,
      output: () => output,
      /** What systemd does to a service: the signal goes to every process of it. */
      kill: (signal: NodeJS.Signals) => process.kill(-child.pid!, signal),
      /** Until init has buried every process of it; restic holds a zombie for alive. */
      gone: async () => {
        while (membersOf(child.pid!).length > 0) await sleep(50);
      },
    };
  }

  run(job: string, args: string[] = [], environment: Record<string, string> = {}): Promise<Run> {
    return this.start(job, args, environment).done;
  }

  /**
   * Runs a job that finds a folder on a small disk, with what lies in the folder. `disk` has the options of a tmpfs, whose
   * name in the table of mounts is the folder's.
   */
  runWithSmallDisk(job: string, folder: string, disk: string, args: string[] = []): Promise<Run> {
    const script = `
      set -eu
      kept=$(mktemp -d "$1.XXXXXX") && cp -a "$1/." "$kept" && mount -t tmpfs -o "$2" "$1" "$1" && cp -a "$kept/." "$1"
      status=0; shift 2; "$@" || status=$?
      rm -rf "$kept"; exit "$status"`;
    // A mount of its own takes root, or a user namespace that pretends it.
    const root = process.getuid!() === 0 ? [] : ["--map-root-user"];
    const command = ["unshare", "--mount", ...root, "sh", "-c", script, "sh", folder, disk];
    return this.spawn([...command, ...this.commandOf(job, args)], {}).done;
  }

  /** restic with one repository of the node, as an operator works with it: by the node's own files. */
  async restic(prefix: string, args: string[]): Promise<string> {
    const config = this.path(nodeFolders.config);
    const script = `set -a; . '${config}/common.env'; . '${config}/${prefix}.env'; set +a; exec restic "$@"`;
    return this.command(["sh", "-c", script, "restic", ...args]);
  }

  /** Any command with the jobs' environment; fails where it does. */
  async command(command: string[]): Promise<string> {
    const { status, output } = await this.spawn(command, {}).done;
    if (status !== 0) throw new Error(`${command.join(" ")}: ${output}`);
    return output;
  }
}
