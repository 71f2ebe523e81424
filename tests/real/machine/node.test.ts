import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../../../cli/kit/progress.js";
import { apply, startCluster } from "../../../cli/lab/node/cluster.js";
import type { RealNode } from "../../../cli/lab/node/realNode.js";
import { kubeconfigFor } from "../../../cli/lab/node/nodeCluster.js";
import { Phases } from "../../../cli/lab/phases.js";
import { edited } from "../node/given.js";
import { concerns } from "../../../cli/verify/claims/index.js";
import { openTarget } from "../../../cli/verify/cluster/target.js";
import { verify } from "../../../cli/verify/run.js";
import { installBridge } from "./networks.js";
import { ChangingNode, print } from "./running.js";
import { bundleOf, changedBundle, demandNode, nodeSettings, otherPolicy } from "./world.js";

const settings = await nodeSettings("lab");

describe("a real node", () => {
  const { name, address } = settings.cluster.nodes[0]!;
  let parent: string;
  let node: RealNode;
  let changing: ChangingNode;
  let bundle: Buffer;
  let machine: object;

  before(async function () {
    demandNode(this);
    machine = machineNow();
    parent = mkdtempSync(join(tmpdir(), "cluster-security-machine-"));
    bundle = await bundleOf(settings);
    const options = { settings, bundle, folder: join(parent, "node"), progress: silent };
    // The phases hold what is wanted of each; the last one that the node files change nothing.
    ({ node } = await startCluster(options, new Phases(silent, print)));
    changing = new ChangingNode(node, name, address);
    await installBridge(node, settings);
  });
  after(async () => {
    await node?.stop();
    if (parent) rmSync(parent, { recursive: true, force: true });
  });

  it("runs what kubeadm made, with the program's settings in effect", async () => {
    const { stdout } = await node.run(["kubectl", "get", "nodes", "--no-headers"]);
    assert.match(stdout, new RegExp(`^${name} +Ready +control-plane .* v1\\.36\\.2\n$`));
    await node.run(["kubectl", "create", "secret", "generic", "needle", "--from-literal=key=hay-and-needle"]);
    const stored = await changing.stored("needle");
    assert.match(stored, /k8s:enc:aescbc:v1:key1:/);
    assert.doesNotMatch(stored, /needle-and|hay-and-needle/);
  });

  it("keeps Secrets encrypted at rest and an audit log, which verify proves", async () => {
    const kubeconfig = join(parent, "kubeconfig");
    const server = `https://127.0.0.1:${await node.forward(6443)}`;
    writeFileSync(kubeconfig, await kubeconfigFor(node, server), { mode: 0o600 });
    const etcdEndpoint = `https://127.0.0.1:${await node.forward(2379)}`;
    const target = await openTarget({ settings, kubeconfig, nodeRoot: node.root, etcdEndpoint });
    const wanted = concerns.filter(({ concern }) => /at rest|activity/.test(concern));
    const outcomes = await verify(target, wanted);
    // The rest of the audit log's row is about Alloy and Loki.
    const unproved = outcomes.filter(({ status, claim }) => status !== "proved" && !/Loki/.test(claim));
    assert.deepEqual(unproved, []);
    print(outcomes.map(({ claim, evidence }) => `${claim}: ${evidence}`).join("\n      "));
  });

  it("leaves the machine's settings and its network alone", () => {
    assert.deepEqual(machineNow(), machine);
  });

  // changes.test.ts has the others, and those that restart a component.
  it("finds an audit policy that the API server refuses, with its reason, while it goes on", async () => {
    await changing.refuses(
      "a broken audit policy",
      await changedBundle(settings, otherPolicy("level: Metadata", "level: Metadatta")),
      /kube-apiserver does not start .*; nothing was changed\. It says:\n.*Unsupported value: .*Metadatta/,
    );
    assert.equal(await apply(node, name, bundle), "applied: nothing changed");
  });

  it("finds a kubelet setting that the kubelet refuses, with its reason, while it goes on", async () => {
    await changing.refuses(
      "a broken kubelet setting",
      await changedBundle(
        settings,
        edited(/kubeadm\/config/, "tlsMinVersion: VersionTLS13", "tlsMinVersion: VersionTLS99"),
      ),
      /kubelet does not start .*; nothing was changed\. It says:\n.*unknown tls version .*VersionTLS99/,
    );
    assert.equal(await apply(node, name, bundle), "applied: nothing changed");
  });
});

/** What a node must not change of the machine. */
function machineNow(): object {
  const settings = ["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"];
  return {
    settings: settings.map((path) => readFileSync(join("/proc/sys", path), "utf8")),
    forwarding: readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8"),
    interfaces: Object.keys(networkInterfaces()),
    links: readdirSync("/sys/class/net").sort(),
    mounts: readFileSync("/proc/self/mounts", "utf8"),
    kubernetes: existsSync("/etc/kubernetes"),
  };
}
