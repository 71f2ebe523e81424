import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../cli/kit/until.js";
import { usualTools } from "../../cli/kit/toolchain/command.js";
import { documented } from "./claims.js";
import { Sandbox } from "./sandbox.js";
import { sealASecret } from "./sealASecret.js";

describe("a lab that is kept", () => {
  let sandbox: Sandbox;
  let stop: string;
  /** Environment of somebody with access to the stack's state. */
  let state: Record<string, string>;
  /** Environment of somebody with access to the cluster. */
  let cluster: Record<string, string>;

  before(async function () {
    sandbox = await Sandbox.of(this, usualTools());
  });
  after(async () => {
    if (existsSync(join(sandbox.checkout, ".lab/default"))) await sandbox.run("npm run lab:stop");
    sandbox.remove();
  });

  /** Runs the lines that the start ends with, word by word; the last one would stop the lab. */
  async function testPrinted(started: string): Promise<void> {
    const lines = started.slice(started.indexOf("The lab goes on.")).trimEnd().split("\n").slice(1);
    assert.equal(lines.pop()!.trim(), "npm run lab:stop -- --name default");
    assert.equal(lines.length, 4);
    const { stdout } = await sandbox.run(lines.join("\n"));
    assert.match(stdout, /^\d+ claims: \d+ proved, \d+ unchecked$/m);
    assert.match(stdout, /^kube-system +/m);
    // The start and verify each had a namespace, which Kubernetes may still be deleting.
    const list = "kubectl get namespaces --output=name";
    for (let tries = 0; ; tries++) {
      const left = (await sandbox.run(list, { env: cluster })).stdout;
      if (!left.includes("/cluster-security-verify-")) break;
      assert.ok(tries < 150, left);
      await sleep(200);
    }
  }

  documented(
    "README.md",
    "Try it (2)",
    "25fcfe00",
    "its first command leaves the cluster running",
    async (block) => {
      const [start, ...rest] = block.text.trimEnd().split("\n");
      stop = rest.join("\n");
      sandbox.runIfAbandoned("npm run lab:stop");
      const { stdout } = await sandbox.run(start!);
      cluster = { KUBECONFIG: /export KUBECONFIG=(.+)$/m.exec(stdout)![1]! };
      await testPrinted(stdout);
      const nodes = await sandbox.run("kubectl get nodes --output=name", { env: cluster });
      assert.equal(nodes.stdout, "node/musashi\n");

      const folder = join(sandbox.checkout, ".lab/default/state");
      state = {
        PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "passphrase"),
      };
      // The documents write of the stack musashi.
      await sandbox.run("pulumi stack rename musashi --stack lab", { cwd: folder, env: state });
    },
  );

  describe("docs/guides/seal-a-secret.md", () => sealASecret(() => ({ sandbox, state, cluster })));

  describe("docs/guides/renew-a-sealing-key.md", () => {
    documented(
      "docs/guides/renew-a-sealing-key.md",
      "Renew a sealing key (2)",
      "174a3fe1",
      "finds what was sealed above, and the key in the state that opens it",
      async ({ text }) => {
        const { stdout } = await sandbox.run(text, { env: state });
        assert.match(stdout, /^ {2}first {2}since \d{4}-\d\d-\d\d, seals; opens 1 SealedSecret$/m);
        assert.match(stdout, /\n1 SealedSecret: 1 sealed with first, 0 with an older key, 0 with no key/);
        assert.doesNotMatch(stdout, /PRIVATE KEY/);
      },
    );
  });

  describe("docs/guides/node-files.md", () => {
    it("writes the files in the state, once there is one", async () => {
      const command = "npm run --silent node-files -- --stack musashi --out ~/from-state.tar";
      const { stdout } = await sandbox.run(command, { env: state });
      assert.match(stdout, /^from the state of musashi:\n/);
      const inArchive = "etc/kubernetes/enc/enc.yaml";
      const archive = await sandbox.run(`tar --extract --to-stdout --file ~/from-state.tar ${inArchive}`);
      const onNode = join(sandbox.checkout, ".lab/default/node", inArchive);
      assert.equal(archive.stdout, readFileSync(onNode, "utf8"));
    });
  });

  describe("docs/reference/backup-bucket.md", () => {
    documented(
      "docs/reference/backup-bucket.md",
      "Replace a writer's key",
      "61a10add",
      "prints a URN for every user",
      async ({ text }) => {
        const { stdout } = await sandbox.run(text, { env: state });
        const urns = [...stdout.matchAll(/urn:pulumi:musashi::\S+::(\S+)$/gm)].map(([, name]) => name);
        assert.deepEqual(
          urns.sort(),
          ["node-jobs", "statistics", "velero"].map((user) => `backups-${user}-writer-key`),
        );
      },
    );
  });

  describe("docs/reference/backup-bucket.md: Secrets of SealedSecrets", () => {
    documented(
      "docs/reference/backup-bucket.md",
      "Secrets from before",
      "e9848c54",
      "labels each that was there before the policy, and no other",
      async ({ text }) => {
        const run = (command: string, stdin?: string) => sandbox.run(command, { env: cluster, stdin });
        /** A Secret that belongs to an object; to one that exists, or the cluster would take it away. */
        async function owned(name: string, owner: string): Promise<string> {
          const { stdout } = await run(`kubectl --namespace backstage get ${owner} --output=json`);
          const { apiVersion, kind, metadata } = JSON.parse(stdout) as Record<string, any>;
          const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid }];
          const secret = { apiVersion: "v1", kind: "Secret", metadata: { name, ownerReferences } };
          return JSON.stringify(secret);
        }
        const create = "kubectl --namespace backstage create --filename -";
        const labelled = async () => {
          const { stdout } = await run("kubectl get secrets --all-namespaces --output=json");
          const { items } = JSON.parse(stdout) as {
            items: { metadata: { name: string; labels?: object; ownerReferences?: { kind: string }[] } }[];
          };
          return (name: string) => {
            const { labels = {} } = items.find(({ metadata }) => metadata.name === name)!.metadata;
            return "velero.io/exclude-from-backup" in labels;
          };
        };
        // What the controller made above has it. Before the policy there was none.
        assert.ok((await labelled())("backstage-db"));
        const binding = "mutatingadmissionpolicybinding cluster-security-unsealed-secrets";
        const { stdout: kept } = await run(`kubectl get ${binding} --output=json`);
        await run(`kubectl delete ${binding}`);
        await until(async () => {
          await run(create, await owned("before", "sealedsecret/backstage-db"));
          if (!(await labelled())("before")) return true;
          await run("kubectl --namespace backstage delete secret before");
        }, "the policy still labels");
        await run(create, await owned("another", "configmap/kube-root-ca.crt"));

        const { stdout } = await run(text);
        assert.match(stdout, /^secret\/before labeled$/m);
        const after = await labelled();
        assert.deepEqual([after("before"), after("another")], [true, false]);
        await run("kubectl --namespace backstage delete secret before another");
        await run("kubectl create --filename -", kept);
      },
    );
  });

  describe("docs/reference/access.md", () => {
    const unlisted = "kubectl --namespace backstage run tried --image=evil.example/x:1 --dry-run=server";

    documented(
      "docs/reference/access.md",
      "Rejected by mistake",
      "0c55b91c",
      "lets in what was refused",
      async ({ text }) => {
        await assert.rejects(
          sandbox.run(unlisted, { env: cluster }),
          /denied request: not from a listed registry/,
        );
        await sandbox.run(text, { env: cluster });
        const tried = () =>
          sandbox.run(unlisted, { env: cluster }).then(
            () => true,
            () => false,
          );
        await until(tried, "it is still refused");
      },
    );
  });

  describe("in the end", () => {
    it("Try it (2): its last command leaves nothing of it", async () => {
      const processes = join(sandbox.checkout, ".lab/default/processes");
      assert.ok(existsSync(processes));
      await sandbox.run(stop);
      assert.ok(!existsSync(processes));
      await assert.rejects(sandbox.run("kubectl get nodes", { env: cluster }));
    });
  });
});
