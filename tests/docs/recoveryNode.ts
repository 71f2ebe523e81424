import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFolders } from "../../components/backups/node/environment.js";
import { postgresTools, type S3Key } from "../real/backups/servers.js";
import type { Printed, Sandbox } from "./sandbox.js";

/** Folders of a node that its commands name, and where its kubeconfig lies. */
const folders = [
  ...Object.values(nodeFolders),
  "/opt/local-path-provisioner",
  "/home/operator",
  "/var/tmp/restored",
];

/**
 * The disk of a node: a folder that has the backup jobs' files of an archive of node files, and on which commands run that
 * name its paths. They reach the lab's cluster by kubectl, and by `kubectl exec` a server on this machine.
 */
export class RecoveryNode {
  constructor(
    private readonly sandbox: Sandbox,
    /** Always the same folder: snapshots name the paths in it. */
    readonly root: string,
    private readonly env: { KUBECONFIG: string; PATH: string },
  ) {}

  path(path: string): string {
    return join(this.root, path);
  }

  /** A new disk. */
  wipe(): void {
    rmSync(this.root, { recursive: true, force: true });
    for (const folder of folders) mkdirSync(this.path(folder), { recursive: true });
    // The drill's server runs as somebody else.
    for (const folder of ["", "/tmp"]) {
      mkdirSync(this.path(folder), { recursive: true });
      chmodSync(this.path(folder), 0o755);
    }
  }

  /** Unpacks the jobs' files; all that differs from the node's own are paths, the bucket's address and where results go. */
  lay(archive: string): void {
    const { status, stderr } = spawnSync(
      "tar",
      ["--extract", "--file", archive, "--directory", this.root, "etc/backups", nodeFolders.scripts.slice(1)],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(stderr);
  }

  /** @param s3 Address of the server that has the bucket. */
  settle(s3: string): void {
    for (const file of readdirSync(this.path(nodeFolders.config))) {
      const path = join(this.path(nodeFolders.config), file);
      if (!file.endsWith(".env")) continue;
      const text = this.moved(readFileSync(path, "utf8"))
        .replaceAll(/https:\/\/[a-z0-9.-]+\.oraclecloud\.com/g, s3)
        .replace(/^KUBECONFIG=.*$/m, `KUBECONFIG='${this.env.KUBECONFIG}'`)
        .replace(/^PUSHGATEWAY_.*\n/m, "")
        .replace(/^POSTGRES_TOOLS=.*$/m, `POSTGRES_TOOLS='${postgresTools()}'`)
        .replace(/^POSTGRES_DRILL_USER=.*$/m, "POSTGRES_DRILL_USER='nobody'");
      writeFileSync(path, text);
    }
  }

  /** The key that the jobs write to the bucket with. */
  key(): S3Key {
    const text = readFileSync(this.path(`${nodeFolders.config}/node-jobs.credentials`), "utf8");
    const value = (name: string) => new RegExp(`^${name} *= *(.+)$`, "m").exec(text)![1]!;
    return { accessKey: value("aws_access_key_id"), secretKey: value("aws_secret_access_key") };
  }

  /** Runs commands as root of the node. */
  run(commands: string, env: Record<string, string> = {}): Promise<Printed> {
    return this.sandbox.run(this.moved(commands), {
      cwd: this.root,
      env: {
        ...this.env,
        BACKUPS_CONFIG: this.path(nodeFolders.config),
        TMPDIR: this.path("/tmp"),
        ...env,
      },
    });
  }

  private moved(text: string): string {
    return folders.reduce((result, folder) => result.replaceAll(folder, this.path(folder)), text);
  }

  /** What systemctl and `kubectl exec` are on this machine. */
  shims(kubectl: string, postgres: { socket: string; superuser: string }): Record<string, string> {
    return {
      systemctl: `#!/bin/sh
[ "$1" = start ] && shift
for unit; do
  case $unit in
  *.target) ;;
  *) "${this.path(nodeFolders.scripts)}/$unit.sh" ;;
  esac || exit 1
done
`,
      kubectl: `#!/bin/sh
case " $* " in
*" exec "*)
  while [ "$1" != -- ]; do shift; done
  shift
  PATH="${postgresTools()}:$PATH" PGHOST="${postgres.socket}" PGUSER="${postgres.superuser}" exec "$@"
  ;;
esac
exec '${kubectl}' "$@"
`,
    };
  }
}
