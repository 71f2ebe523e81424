import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { answerOf } from "../../../cli/kit/until.js";
import { freePorts } from "../../../cli/lab/cluster/ports.js";
import { tool } from "../../../cli/kit/toolchain/tool.js";
import { debian } from "../../../cli/test/packages.js";

/** Real servers for the jobs to talk to: S3, the Pushgateway, PostgreSQL. */

/** A folder of its own, which other accounts may enter. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "backups-test-"));
  chmodSync(folder, 0o755);
  return folder;
}

export interface Server {
  url: string;
  stop(): Promise<void>;
}

async function start(command: string[], url: string, options: SpawnOptions = {}): Promise<Server> {
  const child = spawn(command[0]!, command.slice(1), { ...options, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (data: Buffer) => (said = (said + data.toString()).slice(-2000)));
  const state = await answerOf(async () =>
    child.exitCode !== null ? "ended" : (await fetch(url).catch(() => undefined)) && "answers",
  );
  if (state !== "answers") {
    await stop(child);
    throw new Error(`${command[0]} does not answer at ${url}:\n${said}`);
  }
  return { url, stop: () => stop(child) };
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

export interface S3Key {
  accessKey: string;
  secretKey: string;
}

/** `rclone serve s3` on a folder; its buckets are the folders in it. It remembers what lies there: restart it after a change. */
export async function startS3(folder: string, keys: S3Key[], port?: number): Promise<Server> {
  const address = `127.0.0.1:${port ?? (await freePorts(1))[0]}`;
  const rclone = await tool("rclone");
  return start([rclone, "serve", "s3", "--addr", address, folder], `http://${address}`, {
    env: {
      ...process.env,
      RCLONE_CONFIG: "",
      RCLONE_AUTH_KEY: keys.map(({ accessKey, secretKey }) => `"${accessKey},${secretKey}"`).join(","),
    },
  });
}

export async function startPushgateway(): Promise<Server> {
  const binary = debian("prometheus-pushgateway");
  const address = `127.0.0.1:${(await freePorts(1))[0]}`;
  // Debian's build keeps its data in a folder all of them share, unless it is told not to.
  return start([binary, `--web.listen-address=${address}`, "--persistence.file="], `http://${address}`);
}

/** Everything a Pushgateway holds, as `name{labels}` without the job's empty instance. */
export async function pushed(gateway: Server): Promise<Record<string, number>> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)\{(.*job=.*)\} (\S+)$/gm)].map(([, name, labels, value]) => [
      `${name}{${labels!.replace(/,?instance=""/, "").replace(/^,/, "")}}`,
      Number(value),
    ]),
  );
}

/** Folder with PostgreSQL's programs; on PATH there may be links to a few of them. */
export const postgresTools = (): string => dirname(realpathSync(debian("initdb")));

/** Account for PostgreSQL, which does not run as root: nobody, where root is who runs the tests. */
const postgresAccount = process.getuid!() === 0 ? 65534 : process.getuid!();

export interface Postgres {
  socket: string;
  superuser: string;
  query(database: string, sql: string): string;
  stop(): void;
}

/** psql prints values alone, and fails with the first statement that does. */
const plain = "--no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1".split(" ");

/** A PostgreSQL of its own on a socket, with no port. */
export function startPostgres(folder: string): Postgres {
  const tools = postgresTools();
  const data = join(folder, "data");
  const superuser = "postgres";
  mkdirSync(folder, { recursive: true });
  chownSync(folder, postgresAccount, postgresAccount);
  const run = (command: string, args: string[], input?: string) => {
    const { status, stdout, stderr, error } = spawnSync(join(tools, command), args, {
      uid: postgresAccount,
      gid: postgresAccount,
      cwd: folder,
      encoding: "utf8",
      input,
      maxBuffer: 1 << 28,
      // A server keeps what it inherits open.
      stdio: ["pipe", command === "pg_ctl" ? "ignore" : "pipe", command === "pg_ctl" ? "ignore" : "pipe"],
    });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
    return stdout;
  };
  run("initdb", [
    `--pgdata=${data}`,
    `--username=${superuser}`,
    ..."--auth=trust --encoding=UTF8 --no-sync".split(" "),
  ]);
  const options = `-c listen_addresses='' -c unix_socket_directories='${folder}' -c fsync=off`;
  const log = join(folder, "log");
  run("pg_ctl", ["start", "--wait", "--silent", `--pgdata=${data}`, `--options=${options}`, `--log=${log}`]);
  return {
    socket: folder,
    superuser,
    query: (database, sql) =>
      run("psql", [...plain, `--host=${folder}`, `--username=${superuser}`, `--dbname=${database}`], sql),
    stop: () => void run("pg_ctl", ["stop", "--mode", "immediate", "--silent", "--pgdata", data]),
  };
}

/** Removes a folder that a server of another account wrote to. */
export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
