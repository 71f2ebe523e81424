import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../../../cli/kit/progress.js";
import type { CommandFailed } from "../../../cli/kit/run.js";
import { apply, imageNames, startCluster, startNode } from "../../../cli/lab/node/cluster.js";
import { joinOthers, joinWorker, stopAll, type Member } from "../../../cli/lab/node/nodes.js";
import type { RealNode } from "../../../cli/lab/node/realNode.js";
import { Phases } from "../../../cli/lab/phases.js";
import type { Settings } from "../../../stacks/settings/index.js";
import { brokenOff, filesOf, levelsOf, powerCut } from "./members.js";
import { writeBridge } from "./networks.js";
import { anonymousStatuses } from "./outage.js";
import { SshDelivery } from "./sshDelivery.js";
import { bundlesOf, changedBundle, demandNode, nodeSettings, otherPolicy } from "./world.js";

const print = (line: string) => console.log(`      ${line}`);
const phases = new Phases(silent, print);

const settings = await nodeSettings("lab", 3);
const { controlPlane, cluster } = settings;
const clusterInfo = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

const secretsLevel = "RequestResponse";
const logging: Settings = {
  ...settings,
  controlPlane: { ...controlPlane, audit: { ...controlPlane.audit, secretsLevel } },
};

describe("three control-plane nodes", function () {
  // Each test goes on from what the one before it has left.
  this.bail(true);
  let parent: string;
  let worker: RealNode | undefined;
  let delivery: SshDelivery;
  const members: Member[] = [];
  const addresses = cluster.nodes.map(({ address }) => address);
  const nothing = (count: number) => Array.from({ length: count }, () => "applied: nothing changed");

  before(function () {
    demandNode(this, cluster.nodes.length);
    parent = mkdtempSync(join(tmpdir(), "cluster-security-machine-"));
  });
  after(async () => {
    await worker?.stop();
    await stopAll(members);
    if (parent) rmSync(parent, { recursive: true, force: true });
  });

  const kubectl = async (...args: string[]) => (await members[0]!.node.run(["kubectl", ...args])).stdout;
  const allReady = () => kubectl("wait", "node", "--all", "--for=condition=Ready", "--timeout=180s");

  it("join by the guide's commands, with a worker, and nobody reads cluster-info without credentials", async () => {
    const [first] = cluster.nodes;
    const bundles = await bundlesOf(settings);
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
    // Where an API server is only on its way up, nothing answers.
    seen.delete("000");
    assert.deepEqual([...seen], ["401"]);
    for (const one of [...members.map((member) => member.node), worker!]) await writeBridge(one, settings);
    await allReady();
    print((await kubectl("get", "nodes")).trim().split("\n").join("\n      "));
  });

  it("have an etcd of three members, and answer nobody without credentials but on their health", async () => {
    const { name, node } = members[0]!;
    const pki = "/etc/kubernetes/pki/etcd";
    const list = await kubectl(
      ...["--namespace", "kube-system", "exec", `etcd-${name}`, "--", "etcdctl", "member", "list"],
      ...[`--cacert=${pki}/ca.crt`, `--cert=${pki}/server.crt`, `--key=${pki}/server.key`],
    );
    assert.equal(list.match(/, started, musashi/g)?.length, 3, list);
    const curl = "curl --silent --insecure --max-time 5 --output /dev/null --write-out '%{http_code}'";
    const health = ["/livez", "/readyz", "/healthz"];
    for (const address of addresses)
      for (const path of [...health, clusterInfo, "/version", "/api", "/metrics"]) {
        const { stdout } = await node.run(["sh", "-c", `${curl} https://${address}:6443${path}`]);
        assert.equal(stdout, health.includes(path) ? "200" : "401", `${address}${path}`);
      }
  });

  it("are what their node files say: delivered over SSH, these change nothing", async () => {
    delivery = await SshDelivery.to(members, join(parent, "ssh"), phases);
    assert.deepEqual(await delivery.up(settings), nothing(6));
  });

  it("stay as they are where a change fails in the middle on the second, but for the first", async () => {
    const [, second, third] = members as [Member, Member, Member];
    await kubectl("create", "secret", "generic", "needle", "--from-literal=key=value");
    const before = [await filesOf(second), await filesOf(third)];
    // The API server takes it; only when it runs does it show that it logs no request for a Secret.
    const silenced = await changedBundle(
      logging,
      otherPolicy(`level: ${secretsLevel}`, "level: None"),
      second.name,
    );
    await assert.rejects(
      delivery.up(logging, { [second.name]: silenced }),
      ({ stdout, stderr }: CommandFailed) => {
        print(stderr.trim());
        assert.match(stdout, /-- waiting for kube-apiserver\n.*-- probe\n.*-- putting everything back\n/s);
        assert.match(stderr, /at level none at all, not RequestResponse\n.*everything is as it was$/s);
        return true;
      },
    );
    assert.deepEqual([await filesOf(second), await filesOf(third)], before);
    assert.deepEqual(await levelsOf(members), [secretsLevel, "Metadata", "Metadata"]);
    const lease = ["get", "lease", "cluster-security-apply", "--ignore-not-found"];
    assert.equal(await kubectl("--namespace", "kube-system", ...lease), "");
  });

  it("take the change from the next run where one was killed, or the node lost its power, in the middle", async () => {
    const [, second, third] = members as [Member, Member, Member];
    const bundles = await bundlesOf(logging);
    const again = ({ node, name }: Member) =>
      phases.run(
        `${name}, again`,
        () => apply(node, name, bundles[name]!),
        (line) => line,
      );
    await brokenOff(second, bundles[second.name]!, async (pid) => {
      await second.node.run(["kill", "-KILL", pid]);
    });
    assert.match(await again(second), /; kube-apiserver restarted(;|$)/);
    assert.deepEqual(await levelsOf(members), [secretsLevel, secretsLevel, "Metadata"]);

    await brokenOff(third, bundles[third.name]!, () => powerCut(third));
    assert.match(await again(third), /; kube-apiserver restarted(;|$)/);
    assert.deepEqual(await levelsOf(members), [secretsLevel, secretsLevel, secretsLevel]);
    await allReady();
    assert.deepEqual(await delivery.up(logging), nothing(6));
  });
});
