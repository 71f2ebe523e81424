import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseDocument } from "yaml";
import { chartNames } from "../../components/common/charts.js";
import { userNamespaceProblem } from "../../cli/lab/sealedSecrets/userNamespaces.js";
import { tool } from "../../cli/kit/toolchain/tool.js";
import { tools, type ToolName } from "../../cli/kit/toolchain/tools.js";
import { seal } from "../../cli/verify/checks/secrets/seal.js";
import { debian } from "../../cli/test/packages.js";
import { databaseState, fill, fillPostgres, hashes } from "../real/backups/samples.js";
import {
  remove,
  scratch,
  startPostgres,
  startS3,
  type Postgres,
  type Server,
} from "../real/backups/servers.js";
import { documented } from "./claims.js";
import { RecoveryNode } from "./recoveryNode.js";
import { Sandbox } from "./sandbox.js";

const page = "docs/guides/recovery.md";
const script = "node --import tsx tests/docs/recoveryLab.ts";
const bucket = "homelab-backups";
/** A volume of an application, as local-path-provisioner names its folder. */
const volumeOf = (uid: string) => `/opt/local-path-provisioner/pvc-${uid}_n8n_n8n-data`;
/** What the Sealed Secrets controller runs as here: its chart is not at hand. */
const standIn = {
  kind: "ServiceAccount",
  namespace: "kube-system",
  name: "sealed-secrets-stand-in",
  reason: "stands in for the ServiceAccount of the Sealed Secrets chart",
  may: ["read-secrets"],
  namespaces: ["*"],
};
/** The script looks for systemctl, which without systemd fails. */
const noSystemd = "ln -s /bin/true /usr/local/sbin/systemctl\n";
const values = {
  POSTGRES_HOST: "postgres-cluster-rw.postgres.svc.cluster.local",
  POSTGRES_PORT: "5432",
  POSTGRES_USER: "backstage",
  POSTGRES_PASSWORD: "needle of backstage",
  BACKEND_SECRET: "needle of the back end",
};

describe(page, function () {
  // Each step stands on those before it.
  this.bail(true);
  let sandbox: Sandbox;
  let folder: string;
  let s3: Server;
  let postgres: Postgres;
  let isPostgresRunning = false;
  let node: RecoveryNode;
  let kubeconfig: string;
  const seconds = new Map<string, number>();

  /** What there was, to be found again. */
  let sealed: string;
  let secrets: Record<string, string>;
  let volume: Record<string, string>;
  let home: Record<string, string>;
  let databases: Record<string, string>;
  const snapshots: Record<string, string> = {};

  async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const value = await work();
    seconds.set(what, (seconds.get(what) ?? 0) + (performance.now() - start) / 1000);
    return value;
  }
  const file = (name: string) => join(sandbox.home, name);
  const lab = async (step: string) => JSON.parse((await sandbox.run(`${script} ${step}`)).stdout) as Counts;
  const kubectl = async (command: string, stdin = "") =>
    (await sandbox.run(`kubectl ${command}`, { env: { KUBECONFIG: kubeconfig }, stdin })).stdout;
  const apply = (...objects: object[]) =>
    kubectl(
      "apply --server-side --field-manager=test --filename -",
      objects.map((object) => JSON.stringify(object)).join("\n---\n"),
    );
  const bare = (): string[] => [
    ...["unshare", "--map-root-user", "--mount", "sh"],
    fileURLToPath(new URL("bareNode.sh", import.meta.url)),
    join(sandbox.root, "scratch"),
  ];

  /** Contents of every Secret that the program makes. */
  async function secretsOfProgram(): Promise<Record<string, string>> {
    const list = JSON.parse(
      await kubectl("get secrets --all-namespaces --show-managed-fields --output=json"),
    ) as {
      items: {
        metadata: { namespace: string; name: string; managedFields: { manager: string }[] };
        data: object;
      }[];
    };
    return Object.fromEntries(
      list.items
        .filter(({ metadata }) =>
          metadata.managedFields.some(({ manager }) => manager.startsWith("pulumi-kubernetes-")),
        )
        .map(({ metadata, data }) => [`${metadata.namespace}/${metadata.name}`, JSON.stringify(data)]),
    );
  }
  const typesInState = (): string[] => {
    const path = file("state/.pulumi/stacks/cluster-security/musashi.json");
    const { checkpoint } = JSON.parse(readFileSync(path, "utf8")) as {
      checkpoint: { latest: { resources: { type: string }[] } };
    };
    return checkpoint.latest.resources.map(({ type }) => type).sort();
  };
  /** Brings the SealedSecret from Git, and waits for what it unseals. */
  async function unsealed(): Promise<Record<string, string>> {
    await kubectl("apply --server-side --field-manager=argocd --namespace backstage --filename -", sealed);
    await kubectl(
      "wait sealedsecret/backstage-db --namespace backstage --for=condition=Synced --timeout=30s",
    );
    const secret = await kubectl("get secret/backstage-db --namespace backstage --output=json");
    const { data } = JSON.parse(secret) as { data: Record<string, string> };
    return Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]),
    );
  }
  /** An application with a volume, and a pod of PostgreSQL: what ArgoCD and an operator make. */
  async function applications(uid: string): Promise<void> {
    mkdirSync(node.path(volumeOf(uid)), { recursive: true });
    const labels = { app: "n8n" };
    await apply(
      {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: `pvc-${uid}` },
        spec: {
          accessModes: ["ReadWriteOnce"],
          capacity: { storage: "1Gi" },
          claimRef: { namespace: "n8n", name: "n8n-data" },
          local: { path: node.path(volumeOf(uid)) },
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [
                { matchFields: [{ key: "metadata.name", operator: "In", values: ["musashi"] }] },
              ],
            },
          },
          storageClassName: "local-path",
        },
      },
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "n8n-data", namespace: "n8n" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
          storageClassName: "local-path",
          volumeName: `pvc-${uid}`,
        },
      },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "n8n", namespace: "n8n" },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: podSpec("docker.io/n8nio/n8n:1.100.0") },
        },
      },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name: "postgres-cluster-1",
          namespace: "postgres",
          labels: { "cnpg.io/cluster": "postgres-cluster", "cnpg.io/instanceRole": "primary" },
        },
        spec: podSpec("ghcr.io/cloudnative-pg/postgresql:17.5", "postgres"),
      },
    );
    await kubectl("rollout status deployment/n8n --namespace n8n --timeout=30s");
    await kubectl("wait pod/postgres-cluster-1 --namespace postgres --for=condition=Ready --timeout=30s");
  }
  /** Id of the only snapshot in a repository. */
  async function snapshotIn(repository: string): Promise<string> {
    const { stdout } = await node.run(
      `set -a; . /etc/backups/common.env; . /etc/backups/${repository}.env; set +a; restic snapshots --json`,
    );
    const [{ short_id: id }] = JSON.parse(stdout) as [{ short_id: string }];
    return id;
  }
  /** Runs a block of the page on the machine of whoever recovers. */
  const read = (text: string, env: Record<string, string> = {}) =>
    sandbox.run(text, { env: { KUBECONFIG: kubeconfig, PATH: shimsFirst(), ...env } });
  const shims = () => join(sandbox.root, "shims");
  const shimsFirst = () =>
    [shims(), sandbox.bin, dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const shim = (name: string, text: string) => writeFileSync(join(shims(), name), text, { mode: 0o755 });

  before(async function () {
    assert.equal(userNamespaceProblem(), undefined);
    debian("restic");
    sandbox = await Sandbox.of(this, Object.keys(tools) as ToolName[]);
    folder = scratch();
    sandbox.runIfAbandoned(`${script} lose; rm -rf '${folder}'`);
    kubeconfig = join(sandbox.checkout, ".lab/recovery/node/etc/kubernetes/super-admin.conf");
    mkdirSync(shims());
    node = new RecoveryNode(sandbox, join(folder, "node"), { KUBECONFIG: kubeconfig, PATH: shimsFirst() });
    postgres = startPostgres(join(folder, "postgres"));
    isPostgresRunning = true;
    for (const [name, text] of Object.entries(node.shims(await tool("kubectl"), postgres))) shim(name, text);
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
    settings((document) => {
      document.deleteIn(["config", "cluster-security:monitoring", "receivers"]);
      document.setIn(["config", "cluster-security:access", "privileged"], [standIn]);
      const jobs = ["config", "cluster-security:backups", "jobs"];
      document.setIn([...jobs, "host", "paths"], ["/home/operator"]);
      // Velero's server does not run here.
      document.setIn([...jobs, "restoreDrill", "velero", "enabled"], false);
    });

    await lab("create");
    // What `pulumi stack init` has noted there, and Git has.
    const { encryptionsalt } = parse(readFileSync(file("Pulumi.musashi.yaml"), "utf8")) as {
      encryptionsalt: string;
    };
    settings((document) => document.set("encryptionsalt", encryptionsalt));
    node.wipe();
    await sandbox.run("npm run --silent node-files -- --stack musashi --out ~/first.tar");
    node.lay(file("first.tar"));
    mkdirSync(join(folder, "s3", bucket), { recursive: true });
    s3 = await startS3(join(folder, "s3"), [node.key()]);
    node.settle(s3.url);

    const { stdout: certificate } = await sandbox.run(
      "pulumi stack output sealingCertificate --stack musashi",
    );
    sealed = await seal(await tool("kubeseal"), certificate, {
      name: "backstage-db",
      namespace: "backstage",
      values,
    });
    assert.deepEqual(await unsealed(), values);
    await applications("1111");
    secrets = await secretsOfProgram();
    volume = fill(node.path(volumeOf("1111")), 300, 3_000_000);
    home = fill(node.path("/home/operator"), 20, 20_000);
    fillPostgres(postgres, 2000);
    databases = databaseState(postgres);
    await node.run("systemctl start pg-dump restic-k8s-backup restic-host-backup");
    for (const repository of ["restic-k8s", "restic-host", "pg-dump"])
      snapshots[repository] = await snapshotIn(repository);
  });
  after(async () => {
    if (sandbox) await sandbox.run(`${script} lose`);
    if (isPostgresRunning) postgres.stop();
    await s3?.stop();
    if (folder) remove(folder);
    sandbox?.remove();
    for (const [what, time] of seconds) console.log(`      ${time.toFixed(1).padStart(6)} s  ${what}`);
  });

  /** Changes the settings of musashi, which are the lab's here. */
  function settings(change: (document: ReturnType<typeof parseDocument>) => void): void {
    const path = join(sandbox.checkout, "Pulumi.musashi.yaml");
    const isLabs = readFileSync(path, "utf8").includes("name: lab");
    const source = isLabs ? path : join(sandbox.checkout, "Pulumi.lab.yaml");
    const document = parseDocument(readFileSync(source, "utf8"));
    change(document);
    writeFileSync(path, String(document));
  }

  documented(page, "Before it happens", "a8b90ae3", "the copy shows no secret", async ({ text }) => {
    await sandbox.run(text);
    const copy = readFileSync(file("musashi.state.json"), "utf8");
    const { stdout } = await sandbox.run(
      "pulumi stack output harborAdminPassword --show-secrets --stack musashi",
    );
    assert.ok(stdout.trim().length > 10 && !copy.includes(stdout.trim()));
    assert.doesNotMatch(copy, /PRIVATE KEY/);
  });

  describe("with all of it lost but the copy, the passphrase, the bucket and Git", () => {
    before(async () => {
      await lab("lose");
      rmSync(file("state"), { recursive: true });
      mkdirSync(file("state"));
      rmSync(file("first.tar"));
      node.wipe();
      postgres.stop();
      isPostgresRunning = false;
      rmSync(join(folder, "postgres"), { recursive: true });
      await assert.rejects(kubectl("get nodes"));
    });

    documented(page, "1. The state", "ef3ff9c3", "opens, and holds every key", async ({ text }) => {
      const wrong = { PULUMI_CONFIG_PASSPHRASE_FILE: file("wrong") };
      writeFileSync(file("wrong"), "another passphrase\n");
      await assert.rejects(sandbox.run(text, { env: wrong }), /incorrect passphrase/);
      const { stdout } = await timed("1. state: import and check", () => sandbox.run(text));
      assert.match(stdout, /\nIt holds, for a recovery:\n(?: {2}.*\n){9}$/);
    });

    documented(page, "2. The node", "7f50d218", "the files of the state", async ({ text }) => {
      const { stdout } = await timed("2. node files", () => sandbox.run(text));
      assert.match(stdout, /^from the state of musashi:$/m);
      assert.equal(statSync(file("node-files.tar")).mode & 0o777, 0o600);
    });

    documented(
      page,
      "2. The node (2)",
      "2ad20f0d",
      "lays them, and kubeadm accepts them in a dry run; the lab starts with the same ones",
      async ({ text }) => {
        const cwd = join(sandbox.root, "node");
        mkdirSync(cwd);
        copyFileSync(file("node-files.tar"), join(cwd, "node-files.tar"));
        const { stdout } = await sandbox.run(`${noSystemd}${text}cat /etc/kubernetes/enc/enc.yaml`, {
          cwd,
          within: bare(),
          env: { PATH: shimsFirst() },
        });
        assert.match(stdout, /^There is no cluster here yet\. To make lab: (kubeadm init --config \S+)$/m);
        assert.ok(
          text.includes(/To make lab: (kubeadm init .*)$/m.exec(stdout)![1]!),
          "it prints the page's line",
        );
        assert.match(stdout, /^Your Kubernetes control-plane has initialized successfully!$/m);

        await timed("2. kubeadm init (the lab's control plane)", () => lab("init"));
        const used = join(sandbox.checkout, ".lab/recovery/node/etc/kubernetes/enc/enc.yaml");
        assert.ok(stdout.endsWith(readFileSync(used, "utf8")));
        node.lay(file("node-files.tar"));
        node.settle(s3.url);
        postgres = startPostgres(join(folder, "postgres"));
        isPostgresRunning = true;
      },
    );

    documented(
      page,
      "3. The network",
      "4610f473",
      "Cilium alone; nothing but the cluster's is forgotten",
      async ({ text }) => {
        const before = typesInState();
        const [refresh, ...rest] = text.trimEnd().split("\n");
        // Without it, nothing would be made.
        const { same, ...changed } = await lab("up '**::cilium-cni-release'");
        assert.deepEqual(changed, { create: 0, update: 0, replace: 0, delete: 0 });
        assert.ok(same > 200);
        const { stdout } = await timed("3. pulumi refresh", () => read(refresh!));
        const found = JSON.parse(stdout) as Counts;
        assert.ok(found.delete > 100, stdout);
        const left = typesInState();
        const isCluster = (type: string) => type.startsWith("kubernetes:");
        assert.equal(before.length - left.length, found.delete);
        assert.deepEqual(
          left.filter((type) => !isCluster(type)),
          before.filter((type) => !isCluster(type)),
        );
        const up = await timed("3. pulumi up, Cilium alone", () => read(rest.join("\n")));
        assert.equal((JSON.parse(up.stdout.split("\n")[0]!) as Counts).create, 1);
        assert.match(up.stdout, /^node\/musashi condition met$/m);
      },
    );

    documented(
      page,
      "4. What this program expects to find (2)",
      "145107b3",
      "names what the lab puts there for it",
      async ({ text }) => {
        const { stdout } = await read(text);
        const named = [...stdout.matchAll(/^(\S+\.(?:networking\.k8s|coreos|argoproj)\.\S+) /gm)].map(
          ([, name]) => name,
        );
        const there = (await kubectl("get crd --output=name")).match(
          /\S+\.(gateway\.networking\.k8s\.io|monitoring\.coreos\.com|argoproj\.io)$/gm,
        )!;
        assert.deepEqual(named.sort(), there.map((name) => name.replace(/.*\//, "")).sort());
      },
    );

    documented(page, "5. Everything else", "9eb94143", "with every Secret as it was", async ({ text }) => {
      const { stdout } = await timed("5. pulumi up", () => read(text));
      const { create, replace, delete: deleted } = JSON.parse(stdout) as Counts;
      assert.ok(create > 100, stdout);
      assert.deepEqual([replace, deleted], [0, 0]);
      assert.deepEqual(await secretsOfProgram(), secrets);
      assert.ok(Object.keys(secrets).length > 10);
      assert.deepEqual(await unsealed(), values);
    });

    documented(
      page,
      "6. The data",
      "5a3e7e7a",
      "restores the snapshot from before, not the latest",
      async ({ text }) => {
        await applications("2222");
        writeFileSync(join(node.path(volumeOf("2222")), "made-by-an-empty-start"), "");
        // What a timer would do meanwhile.
        await node.run("systemctl start restic-k8s-backup");
        const { stdout } = await timed("6. volumes", () =>
          node.run(text, { snapshot: snapshots["restic-k8s"]! }),
        );
        assert.match(stdout, /\n2 snapshots\n/);
      },
    );

    documented(
      page,
      "6. The data (2)",
      "419fb8d8",
      "puts it into the new volume, with the application stopped",
      async ({ text }) => {
        await timed("6. volumes", () => node.run(text, { namespace: "n8n" }));
        assert.deepEqual(hashes(node.path(volumeOf("2222"))), volume);
        await kubectl("rollout status deployment/n8n --namespace n8n --timeout=30s");
      },
    );

    documented(
      page,
      "6. The data (3)",
      "89930612",
      "loads the dump into an empty server",
      async ({ text }) => {
        const { stderr } = await timed("6. PostgreSQL", () =>
          node.run(text, { snapshot: snapshots["pg-dump"]! }),
        );
        assert.equal(stderr.match(/ERROR/g)?.length, 1, stderr);
        assert.match(stderr, /role "postgres" already exists/);
        assert.deepEqual(databaseState(postgres), databases);
      },
    );

    documented(page, "6. The data (4)", "c76eeda5", "finds the same rows", ({ text }) => node.run(text));

    documented(page, "6. The data (5)", "d9626bd6", "restores the host's files", async ({ text }) => {
      await timed("6. files of the host", () => node.run(text, { snapshot: snapshots["restic-host"]! }));
      const restored = node.path(`/var/tmp/restored${node.path("/home/operator")}`);
      assert.deepEqual(hashes(restored), home);
      await node.run("cp --archive /var/tmp/restored/home/operator/. /home/operator/");
    });

    documented(page, "7. The proof", "239c63a3", "the jobs and the drill succeed", async ({ text }) => {
      const { stdout } = await timed("7. jobs and drill", () => node.run(text));
      assert.equal(stdout.match(/all as they were$/gm)?.length, 3, stdout);
    });

    documented(page, "7. The proof (2)", "f2daea27", "no claim fails", async ({ text }) => {
      await sandbox.run("pulumi stack output sealingCertificates --json --stack musashi >sealing.json");
      const { etcdClient } = JSON.parse(
        readFileSync(join(sandbox.checkout, ".lab/recovery/ports.json"), "utf8"),
      ) as { etcdClient: number };
      // What only the lab needs to be told.
      const options = [
        "--node-root .lab/recovery/node",
        `--etcd-endpoint https://127.0.0.1:${etcdClient}`,
        "--sealing-certificates sealing.json",
        `--recorded ${chartNames.join(",")}`,
      ].join(" ");
      const { stdout } = await timed("7. npm run verify", () => read(`${text.trimEnd()} -- ${options}`));
      assert.match(stdout, /^\d+ claims: \d+ proved, \d+ unchecked$/m);
    });
  });
});

interface Counts {
  create: number;
  update: number;
  replace: number;
  delete: number;
  same: number;
}

/** What the admission policies and pod security ask of any pod. */
function podSpec(image: string, name = "main"): object {
  return {
    automountServiceAccountToken: false,
    containers: [
      {
        name,
        image,
        resources: { requests: { cpu: "10m", memory: "10Mi" }, limits: { cpu: "10m", memory: "10Mi" } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  };
}
