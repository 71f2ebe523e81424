import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parse, parseDocument } from "yaml";
import { userNamespaceProblem } from "../../cli/lab/sealedSecrets/userNamespaces.js";
import { tool } from "../../cli/kit/toolchain/tool.js";
import { usualTools } from "../../cli/kit/toolchain/command.js";
import { seal } from "../../cli/verify/checks/secrets/seal.js";
import { debian } from "../../cli/test/packages.js";
import { databaseState, fill, fillPostgres } from "../real/backups/samples.js";
import {
  remove,
  scratch,
  startPostgres,
  startS3,
  type Postgres,
  type Server,
} from "../real/backups/servers.js";
import { RecoveryCluster, volumeOf } from "./recoveryCluster.js";
import { RecoveryNode } from "./recoveryNode.js";
import { Sandbox, type Printed } from "./sandbox.js";

const script = "node --import tsx tests/docs/recoveryLab.ts";
const bucket = "homelab-backups";
/** What the Sealed Secrets controller runs as here: its chart is not at hand. */
const standIn = {
  kind: "ServiceAccount",
  namespace: "kube-system",
  name: "sealed-secrets-stand-in",
  reason: "stands in for the ServiceAccount of the Sealed Secrets chart",
  may: ["read-secrets", "make-tokens"],
  namespaces: ["*"],
};
/** What the SealedSecret holds. */
export const values = {
  POSTGRES_HOST: "postgres-cluster-rw.postgres.svc.cluster.local",
  POSTGRES_PORT: "5432",
  POSTGRES_USER: "backstage",
  POSTGRES_PASSWORD: "needle of backstage",
  BACKEND_SECRET: "needle of the back end",
};

/** What an operation of the engine did. */
export interface Counts {
  create: number;
  update: number;
  replace: number;
  delete: number;
  same: number;
}

/** What there was before the loss, to be found again. */
interface Before {
  /** The SealedSecret, as Git has it. */
  sealed: string;
  secrets: Record<string, string>;
  volume: Record<string, string>;
  home: Record<string, string>;
  databases: Record<string, string>;
  /** Ids of snapshots, by repository. */
  snapshots: Record<string, string>;
}

/** The machine of the user who recovers, a cluster, its node's disk, a server of PostgreSQL and the bucket. */
export class RecoveryWorld {
  before!: Before;
  private s3?: Server;
  private server?: Postgres;

  private constructor(
    readonly sandbox: Sandbox,
    private readonly folder: string,
    private readonly env: { KUBECONFIG: string; PATH: string },
    readonly node: RecoveryNode,
    readonly cluster: RecoveryCluster,
  ) {}

  /** Everything as it is before the loss, with backups of it. */
  static async of(context: Mocha.Context): Promise<RecoveryWorld> {
    assert.equal(userNamespaceProblem(), undefined);
    debian("restic");
    const sandbox = await Sandbox.of(context, usualTools());
    const folder = scratch();
    sandbox.runIfAbandoned(`${script} lose; rm -rf '${folder}'`);
    const shims = join(sandbox.root, "shims");
    const env = {
      KUBECONFIG: join(sandbox.checkout, ".lab/recovery/node/etc/kubernetes/super-admin.conf"),
      PATH: [shims, sandbox.bin, dirname(process.execPath), process.env["PATH"]].join(delimiter),
    };
    const node = new RecoveryNode(sandbox, join(folder, "node"), env);
    const cluster = new RecoveryCluster(sandbox, node, env.KUBECONFIG);
    const world = new RecoveryWorld(sandbox, folder, env, node, cluster);
    try {
      world.startPostgres();
      await world.writeShims(shims);
      await world.begin();
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  /** The server of PostgreSQL, which runs. */
  get postgres(): Postgres {
    return this.server!;
  }

  /** Path of a file in the home folder of the user who recovers. */
  file(name: string): string {
    return join(this.sandbox.home, name);
  }

  /** Runs a step of recoveryLab.ts. */
  async lab(step: string): Promise<Counts> {
    return JSON.parse((await this.sandbox.run(`${script} ${step}`)).stdout) as Counts;
  }

  /** Runs a block of the page on the machine of the user who recovers. */
  read(text: string, options: { cwd?: string; within?: string[] } = {}): Promise<Printed> {
    return this.sandbox.run(text, { ...options, env: this.env });
  }

  /** An empty server, at the folder of the one that was lost. */
  startPostgres(): void {
    this.server = startPostgres(join(this.folder, "postgres"));
  }

  /** Tells the node's jobs where the bucket is. */
  settle(): void {
    this.node.settle(this.s3!.url);
  }

  /** Loses all of it but the copy of the state, the passphrase, the bucket and Git. */
  async lose(): Promise<void> {
    await this.lab("lose");
    rmSync(this.file("state"), { recursive: true });
    mkdirSync(this.file("state"));
    rmSync(this.file("first.tar"));
    this.node.wipe();
    this.postgres.stop();
    this.server = undefined;
    rmSync(join(this.folder, "postgres"), { recursive: true });
  }

  async stop(): Promise<void> {
    await this.sandbox.run(`${script} lose`);
    this.server?.stop();
    await this.s3?.stop();
    remove(this.folder);
    this.sandbox.remove();
  }

  private async writeShims(folder: string): Promise<void> {
    mkdirSync(folder);
    const shim = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o755 });
    for (const [name, text] of Object.entries(this.node.shims(await tool("kubectl"), this.postgres)))
      shim(name, text);
    shim(
      "kubeadm",
      `#!/bin/sh\n[ "$1" != init ] || [ "$2" = phase ] || set -- "$@" --dry-run --ignore-preflight-errors=all\n` +
        `exec '${await tool("kubeadm")}' "$@"\n`,
    );
    // There is no language host on this machine that runs a program for the CLI: the lab's engine does.
    shim(
      "pulumi",
      `#!/bin/sh
PATH=\${PATH#*:}
case $1 in
refresh) exec ${script} refresh ;;
up) shift 3; [ "$1" != --target ] || shift; exec ${script} up "$@" ;;
esac
exec '${await tool("pulumi")}' "$@"
`,
    );
  }

  /** The cluster, what others bring to it, and a backup of each kind. */
  private async begin(): Promise<void> {
    const { sandbox, node, cluster } = this;
    this.settings((document) => {
      document.deleteIn(["config", "cluster-security:monitoring", "receivers"]);
      document.setIn(["config", "cluster-security:access", "privileged"], [standIn]);
      const jobs = ["config", "cluster-security:backups", "jobs"];
      document.setIn([...jobs, "host", "paths"], ["/home/operator"]);
      // Velero's server does not run here.
      document.setIn([...jobs, "restoreDrill", "velero", "enabled"], false);
    });

    await this.lab("create");
    // What `pulumi stack init` has noted there, and Git has.
    const { encryptionsalt } = parse(readFileSync(this.file("Pulumi.musashi.yaml"), "utf8")) as {
      encryptionsalt: string;
    };
    this.settings((document) => document.set("encryptionsalt", encryptionsalt));
    node.wipe();
    await sandbox.run("npm run --silent node-files -- --stack musashi --out ~/first.tar");
    node.lay(this.file("first.tar"));
    mkdirSync(join(this.folder, "s3", bucket), { recursive: true });
    this.s3 = await startS3(join(this.folder, "s3"), [node.key()]);
    this.settle();

    const { stdout: certificate } = await sandbox.run(
      "pulumi stack output sealingCertificate --stack musashi",
    );
    const sealed = await seal(await tool("kubeseal"), certificate, {
      name: "backstage-db",
      namespace: "backstage",
      values,
    });
    assert.deepEqual(await cluster.unsealed(sealed), values);
    await cluster.applications("1111");
    const secrets = await cluster.secretsOfProgram();
    const volume = fill(node.path(volumeOf("1111")), 300, 3_000_000);
    const home = fill(node.path("/home/operator"), 20, 20_000);
    fillPostgres(this.postgres, 2000);
    const databases = databaseState(this.postgres);
    await node.run("systemctl start pg-dump restic-k8s-backup restic-host-backup");
    const snapshots: Before["snapshots"] = {};
    for (const repository of ["restic-k8s", "restic-host", "pg-dump"])
      snapshots[repository] = await this.snapshotIn(repository);
    this.before = { sealed, secrets, volume, home, databases, snapshots };
  }

  /** Id of the only snapshot in a repository. */
  private async snapshotIn(repository: string): Promise<string> {
    const { stdout } = await this.node.run(
      `set -a; . /etc/backups/common.env; . /etc/backups/${repository}.env; set +a; restic snapshots --json`,
    );
    const [{ short_id: id }] = JSON.parse(stdout) as [{ short_id: string }];
    return id;
  }

  /** Changes the settings of musashi, which are the lab's here. */
  private settings(change: (document: ReturnType<typeof parseDocument>) => void): void {
    const path = join(this.sandbox.checkout, "Pulumi.musashi.yaml");
    const isLabs = readFileSync(path, "utf8").includes("name: lab");
    const source = isLabs ? path : join(this.sandbox.checkout, "Pulumi.lab.yaml");
    const document = parseDocument(readFileSync(source, "utf8"));
    change(document);
    writeFileSync(path, String(document));
  }
}
