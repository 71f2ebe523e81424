import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chartNames } from "../../components/common/charts.js";
import { databaseState, hashes } from "../real/backups/samples.js";
import { documented } from "./claims.js";
import { volumeOf, type RecoveryCluster } from "./recoveryCluster.js";
import type { RecoveryNode } from "./recoveryNode.js";
import { RecoveryWorld, values, type Counts } from "./recoveryWorld.js";
import type { Sandbox } from "./sandbox.js";

const page = "docs/guides/recovery.md";
/** The script looks for systemctl, which without systemd fails. */
const noSystemd = "ln -s /bin/true /usr/local/sbin/systemctl\n";

describe(page, function () {
  // Each step stands on those before it.
  this.bail(true);
  let world: RecoveryWorld;
  let sandbox: Sandbox;
  let node: RecoveryNode;
  let cluster: RecoveryCluster;
  const seconds = new Map<string, number>();

  before(async function () {
    world = await RecoveryWorld.of(this);
    ({ sandbox, node, cluster } = world);
  });
  after(async () => {
    await world?.stop();
    for (const [what, time] of seconds) console.log(`      ${time.toFixed(1).padStart(6)} s  ${what}`);
  });

  async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const value = await work();
    seconds.set(what, (seconds.get(what) ?? 0) + (performance.now() - start) / 1000);
    return value;
  }
  const bare = (): string[] => [
    ...["unshare", "--map-root-user", "--mount", "sh"],
    fileURLToPath(new URL("bareNode.sh", import.meta.url)),
    join(sandbox.root, "scratch"),
  ];

  const typesInState = (): string[] => {
    const path = world.file("state/.pulumi/stacks/cluster-security/musashi.json");
    const { checkpoint } = JSON.parse(readFileSync(path, "utf8")) as {
      checkpoint: { latest: { resources: { type: string }[] } };
    };
    return checkpoint.latest.resources.map(({ type }) => type).sort();
  };

  documented(page, "Before it happens", "a8b90ae3", "the copy shows no secret", async ({ text }) => {
    await sandbox.run(text);
    const copy = readFileSync(world.file("musashi.state.json"), "utf8");
    const { stdout } = await sandbox.run(
      "pulumi stack output harborAdminPassword --show-secrets --stack musashi",
    );
    assert.ok(stdout.trim().length > 10 && !copy.includes(stdout.trim()));
    assert.doesNotMatch(copy, /PRIVATE KEY/);
  });

  describe("with all of it lost but the copy, the passphrase, the bucket and Git", () => {
    before(async () => {
      await world.lose();
      await assert.rejects(cluster.kubectl("get nodes"));
    });

    documented(page, "1. The state", "ef3ff9c3", "opens, and holds every key", async ({ text }) => {
      const wrong = { PULUMI_CONFIG_PASSPHRASE_FILE: world.file("wrong") };
      writeFileSync(world.file("wrong"), "another passphrase\n");
      await assert.rejects(sandbox.run(text, { env: wrong }), /incorrect passphrase/);
      const { stdout } = await timed("1. state: import and check", () => sandbox.run(text));
      assert.match(stdout, /\nIt holds, for a recovery:\n(?: {2}.*\n){9}$/);
    });

    documented(page, "2. The node", "7f50d218", "the files of the state", async ({ text }) => {
      const { stdout } = await timed("2. node files", () => sandbox.run(text));
      assert.match(stdout, /^from the state of musashi:$/m);
      assert.equal(statSync(world.file("node-files.tar")).mode & 0o777, 0o600);
    });

    documented(
      page,
      "2. The node (2)",
      "2ad20f0d",
      "lays them, and kubeadm accepts them in a dry run; the lab starts with the same ones",
      async ({ text }) => {
        const cwd = join(sandbox.root, "node");
        mkdirSync(cwd);
        copyFileSync(world.file("node-files.tar"), join(cwd, "node-files.tar"));
        const { stdout } = await world.read(`${noSystemd}${text}cat /etc/kubernetes/enc/enc.yaml`, {
          cwd,
          within: bare(),
        });
        assert.match(stdout, /^There is no cluster here yet\. To make lab: (kubeadm init --config \S+)$/m);
        assert.ok(
          text.includes(/To make lab: (kubeadm init .*)$/m.exec(stdout)![1]!),
          "it prints the page's line",
        );
        assert.match(stdout, /^Your Kubernetes control-plane has initialized successfully!$/m);

        await timed("2. kubeadm init (the lab's control plane)", () => world.lab("init"));
        const used = join(sandbox.checkout, ".lab/recovery/node/etc/kubernetes/enc/enc.yaml");
        assert.ok(stdout.endsWith(readFileSync(used, "utf8")));
        node.lay(world.file("node-files.tar"));
        world.settle();
        world.startPostgres();
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
        const { same, ...changed } = await world.lab("up '**::cilium-cni-release'");
        assert.deepEqual(changed, { create: 0, update: 0, replace: 0, delete: 0 });
        assert.ok(same > 200);
        const { stdout } = await timed("3. pulumi refresh", () => world.read(refresh!));
        const found = JSON.parse(stdout) as Counts;
        assert.ok(found.delete > 100, stdout);
        const left = typesInState();
        const isCluster = (type: string) => type.startsWith("kubernetes:");
        assert.equal(before.length - left.length, found.delete);
        assert.deepEqual(
          left.filter((type) => !isCluster(type)),
          before.filter((type) => !isCluster(type)),
        );
        const up = await timed("3. pulumi up, Cilium alone", () => world.read(rest.join("\n")));
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
        const { stdout } = await world.read(text);
        const named = [...stdout.matchAll(/^(\S+\.(?:networking\.k8s|coreos|argoproj)\.\S+) /gm)].map(
          ([, name]) => name,
        );
        const there = (await cluster.kubectl("get crd --output=name")).match(
          /\S+\.(gateway\.networking\.k8s\.io|monitoring\.coreos\.com|argoproj\.io)$/gm,
        )!;
        assert.deepEqual(named.sort(), there.map((name) => name.replace(/.*\//, "")).sort());
      },
    );

    documented(page, "5. Everything else", "9eb94143", "with every Secret as it was", async ({ text }) => {
      const { stdout } = await timed("5. pulumi up", () => world.read(text));
      const { create, replace, delete: deleted } = JSON.parse(stdout) as Counts;
      assert.ok(create > 100, stdout);
      assert.deepEqual([replace, deleted], [0, 0]);
      assert.deepEqual(await cluster.secretsOfProgram(), world.before.secrets);
      assert.ok(Object.keys(world.before.secrets).length > 10);
      assert.deepEqual(await cluster.unsealed(world.before.sealed), values);
    });

    documented(
      page,
      "6. The data",
      "5a3e7e7a",
      "restores the snapshot from before, not the latest",
      async ({ text }) => {
        await cluster.applications("2222");
        writeFileSync(join(node.path(volumeOf("2222")), "made-by-an-empty-start"), "");
        // What a timer would do meanwhile.
        await node.run("systemctl start restic-k8s-backup");
        const { stdout } = await timed("6. volumes", () =>
          node.run(text, { snapshot: world.before.snapshots["restic-k8s"]! }),
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
        assert.deepEqual(hashes(node.path(volumeOf("2222"))), world.before.volume);
        await cluster.kubectl("rollout status deployment/n8n --namespace n8n --timeout=30s");
      },
    );

    documented(
      page,
      "6. The data (3)",
      "89930612",
      "loads the dump into an empty server",
      async ({ text }) => {
        const { stderr } = await timed("6. PostgreSQL", () =>
          node.run(text, { snapshot: world.before.snapshots["pg-dump"]! }),
        );
        assert.equal(stderr.match(/ERROR/g)?.length, 1, stderr);
        assert.match(stderr, /role "postgres" already exists/);
        assert.deepEqual(databaseState(world.postgres), world.before.databases);
      },
    );

    documented(page, "6. The data (4)", "c76eeda5", "finds the same rows", ({ text }) => node.run(text));

    documented(page, "6. The data (5)", "d9626bd6", "restores the host's files", async ({ text }) => {
      await timed("6. files of the host", () =>
        node.run(text, { snapshot: world.before.snapshots["restic-host"]! }),
      );
      const restored = node.path(`/var/tmp/restored${node.path("/home/operator")}`);
      assert.deepEqual(hashes(restored), world.before.home);
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
      const { stdout } = await timed("7. npm run verify", () =>
        world.read(`${text.trimEnd()} -- ${options}`),
      );
      assert.match(stdout, /^\d+ claims: \d+ proved, \d+ unchecked$/m);
    });
  });
});
