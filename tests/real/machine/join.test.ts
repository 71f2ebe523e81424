import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { silent } from "../../../cli/kit/progress.js";
import type { CommandFailed } from "../../../cli/kit/run.js";
import { until } from "../../../cli/kit/until.js";
import { apply, imageNames, startCluster, startNode } from "../../../cli/lab/node/cluster.js";
import { joinOthers, joinWorker, stopAll, type Member } from "../../../cli/lab/node/nodes.js";
import type { RealNode } from "../../../cli/lab/node/realNode.js";
import { Phases } from "../../../cli/lab/phases.js";
import { writeBridge } from "./networks.js";
import { anonymousStatuses } from "./outage.js";
import { bundlesOf, changedBundle, demandNode, nodeSettings, otherPolicy } from "./world.js";

const print = (line: string) => console.log(`      ${line}`);
const phases = new Phases(silent, print);

const settings = await nodeSettings("lab", 3);
const { controlPlane, cluster } = settings;
const clusterInfo = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

type Bundles = Record<string, Buffer>;
type Keys = typeof controlPlane.encryption.keys;

describe("three control-plane nodes", function () {
  // Each test goes on from what the one before it has left.
  this.bail(true);
  let parent: string;
  let bundles: Bundles;
  const members: Member[] = [];
  let worker: RealNode | undefined;
  const addresses = cluster.nodes.map(({ address }) => address);

  before(async function () {
    demandNode(this);
    parent = mkdtempSync(join(tmpdir(), "cluster-security-machine-"));
    bundles = await bundlesOf(settings);
  });
  after(async () => {
    await worker?.stop();
    await stopAll(members);
    if (parent) rmSync(parent, { recursive: true, force: true });
  });

  const kubectl = async (...args: string[]) => (await members[0]!.node.run(["kubectl", ...args])).stdout;

  /** Applies to one node. @throws CommandFailed */
  const applied = ({ name, node }: Member, given: Bundles, ...args: string[]): Promise<string> =>
    phases.run(
      [name, ...args].join(" "),
      () => apply(node, name, given[name]!, ...args),
      (last) => last,
    );
  /** Delivers as the program does: every node is prepared first, and the first failure is the end. */
  async function delivered(given: Bundles): Promise<string[]> {
    for (const member of members) await applied(member, given, "--prepare");
    const lines: string[] = [];
    for (const member of members) lines.push(await applied(member, given));
    return lines;
  }
  /** Every file that a run may change on a node. */
  async function files({ node }: Member): Promise<string> {
    const sums = "find /etc/kubernetes /var/lib/kubelet/config.yaml -type f -exec sha256sum {} + | sort -k2";
    return (await node.run(["sh", "-c", sums])).stdout;
  }
  /** The last level at which each API server logged a request for a Secret. */
  async function levels(): Promise<string[]> {
    const found: string[] = [];
    for (const { node, address } of members) {
      const get = ["kubectl", "--server", `https://${address}:6443`, "get", "secret", "needle"];
      await node.run(get);
      const grep = ["grep", "--fixed-strings", '"name":"needle"', "/var/log/kubernetes/audit/audit.log"];
      const { stdout } = await node.run(grep);
      found.push((JSON.parse(stdout.trim().split("\n").at(-1)!) as { level: string }).level);
    }
    return found;
  }

  it("join by the guide's commands, and nobody reads cluster-info without credentials meanwhile", async () => {
    const [first] = cluster.nodes;
    const options = { settings, bundles, folder: join(parent, "node"), progress: silent };
    const { node, images } = await startCluster({ ...options, bundle: bundles[first!.name]! }, phases);
    members.push({ ...first!, node });
    const seen = await anonymousStatuses(node, addresses, clusterInfo, async () => {
      await joinOthers(members, images, options, phases);
      worker = await startNode(
        { name: "worker", address: "192.0.2.20" },
        { folder: join(parent, "worker"), progress: silent, neighbour: node },
        phases,
      );
      const names = (await imageNames(node)).filter((name) => /\/(kube-proxy|pause):/.test(name));
      await worker.import(await images.make(names));
      await joinWorker(node, worker, cluster.controlPlaneEndpoint!);
    });
    assert.ok(seen.has("401"));
    // Where an API server is only on its way up, nothing answers.
    assert.deepEqual(
      [...seen].filter((status) => status !== "401" && status !== "000"),
      [],
    );
    for (const one of [...members.map((member) => member.node), worker!]) await writeBridge(one, settings);
    await kubectl("wait", "node", "--all", "--for=condition=Ready", "--timeout=120s");
    print(await kubectl("get", "nodes"));
  });

  it("have what their node files say, and applying them changes nothing", async () => {
    const etcdctl = ["exec", `etcd-${members[0]!.name}`, "--", "etcdctl", "member", "list"];
    const certificates = "/etc/kubernetes/pki/etcd";
    const list = await kubectl(
      ...["--namespace", "kube-system", ...etcdctl, `--cacert=${certificates}/ca.crt`],
      ...[`--cert=${certificates}/server.crt`, `--key=${certificates}/server.key`],
    );
    assert.equal(list.match(/, started, musashi/g)?.length, 3, list);
    assert.deepEqual(
      await delivered(bundles),
      members.map(() => "applied: nothing changed"),
    );
  });

  it("answer nobody without credentials, but on their health", async () => {
    const { node } = members[0]!;
    const curl = "curl --silent --insecure --max-time 5 --output /dev/null --write-out '%{http_code}'";
    for (const address of addresses)
      for (const [path, status] of [
        ...["/livez", "/readyz", "/healthz"].map((path) => [path, "200"] as const),
        ...[clusterInfo, "/version", "/api", "/metrics"].map((path) => [path, "401"] as const),
      ]) {
        const { stdout } = await node.run(["sh", "-c", `${curl} https://${address}:6443${path}`]);
        assert.equal(stdout, status, `${address}${path}`);
      }
  });

  describe("that a change is delivered to", () => {
    const secretsLevel = "RequestResponse" as const;
    const changedSettings = {
      ...settings,
      controlPlane: { ...controlPlane, audit: { ...controlPlane.audit, secretsLevel } },
    };
    let changed: Bundles;
    before(async () => {
      changed = await bundlesOf(changedSettings);
      await kubectl("create", "secret", "generic", "needle", "--from-literal=key=value");
    });

    it("are left as they are by one that fails in the middle, but for those before it", async () => {
      const [, second, third] = members as [Member, Member, Member];
      const earlier = [await files(second), await files(third)];
      // The API server takes it. What shows only when it runs is that it logs no request for a Secret.
      const silenced = await changedBundle(
        changedSettings,
        otherPolicy(`level: ${secretsLevel}`, "level: None"),
        second.name,
      );
      const given = { ...changed, [second.name]: silenced };
      await assert.rejects(delivered(given), ({ stdout, stderr }: CommandFailed) => {
        print(stderr.trim());
        assert.match(stdout, /-- waiting for kube-apiserver\n.*-- probe\n.*-- putting everything back\n/s);
        assert.match(stderr, /level none at all, not RequestResponse\n.*everything is as it was/s);
        return true;
      });
      assert.deepEqual([await files(second), await files(third)], earlier);
      assert.deepEqual(await levels(), [secretsLevel, "Metadata", "Metadata"]);
      assert.equal(
        await kubectl("--namespace", "kube-system", "get", "lease", leaseName, "--ignore-not-found"),
        "",
      );
    });

    /** Waits until a run on the node waits for the API server that it has changed. */
    const inTheMiddle = ({ node }: Member) =>
      until(
        () => {
          const journal = join(node.root, "var/lib/cluster-security/unfinished");
          if (!existsSync(journal)) return false;
          const backup = /^backup=(.*)$/m.exec(readFileSync(journal, "utf8"))![1]!;
          return readFileSync(join(node.root, backup, "log"), "utf8").includes(
            "-- waiting for kube-apiserver",
          );
        },
        "nothing is being changed",
        { seconds: 120 },
      );

    it("take it from the next run when the one before was killed in the middle", async () => {
      const second = members[1]!;
      const run = assert.rejects(applied(second, changed));
      await inTheMiddle(second);
      const lock = readFileSync(join(second.node.root, "var/lib/cluster-security/lock"), "utf8");
      await second.node.run(["kill", "-KILL", lock.split(" ")[0]!]);
      await run;
      assert.match(await applied(second, changed), /; kube-apiserver restarted(;|$)/);
      assert.deepEqual(await levels(), [secretsLevel, secretsLevel, "Metadata"]);
    });

    it("take it from the next run when the node lost its power in the middle", async () => {
      const third = members[2]!;
      const { root } = third.node;
      const run = assert.rejects(applied(third, changed));
      await inTheMiddle(third);
      await third.node.run(["systemctl", "reboot", "--force", "--force"]).catch(() => {});
      await run;
      const isUp = async () =>
        third.node.root !== root &&
        (await third.node.run(["systemctl", "is-active", "containerd"]).then(
          () => true,
          () => false,
        ));
      await until(isUp, "the node does not come back", { seconds: 60 });
      assert.match(await applied(third, changed), /; kube-apiserver restarted(;|$)/);
      assert.deepEqual(await levels(), [secretsLevel, secretsLevel, secretsLevel]);
      await kubectl("wait", "node", "--all", "--for=condition=Ready", "--timeout=120s");
      assert.deepEqual(
        await delivered(changed),
        members.map(() => "applied: nothing changed"),
      );
    });

    it("rewrite every Secret with a new key on the last of them, and go on without the old one", async () => {
      const [key1] = controlPlane.encryption.keys;
      const secret = pulumi.secret(randomBytes(32).toString("base64"));
      const key2 = { ...key1!, name: "key2", provider: "secretbox" as const, secret };
      const withKeys = (keys: Keys, identityFallback: boolean) =>
        bundlesOf({
          ...changedSettings,
          controlPlane: {
            ...changedSettings.controlPlane,
            encryption: { ...controlPlane.encryption, keys, identityFallback },
          },
        });
      const lines = await delivered(await withKeys([key2, key1!], true));
      const counts = lines.map((line) => /rewritten (\d+) of (\d+) secrets/.exec(line)?.slice(1));
      assert.deepEqual(counts.slice(0, 2), [undefined, undefined]);
      const [rewritten, all] = counts[2]!;
      assert.equal(rewritten, all);
      await delivered(await withKeys([key2], false));
      for (const { node, address } of members)
        await node.run([
          "kubectl",
          "--server",
          `https://${address}:6443`,
          "get",
          "secrets",
          "--all-namespaces",
        ]);
    });
  });
});

const leaseName = "cluster-security-apply";
