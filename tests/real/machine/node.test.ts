import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { KnownNodeFile } from "../../../components/control-plane/node/bundle.js";
import type { CommandFailed } from "../../../cli/kit/run.js";
import { silent } from "../../../cli/kit/progress.js";
import { apply, startCluster } from "../../../cli/lab/node/cluster.js";
import type { RealNode } from "../../../cli/lab/node/realNode.js";
import { kubeconfigFor } from "../../../cli/lab/node/nodeCluster.js";
import { Phases } from "../../../cli/lab/phases.js";
import { full } from "../../kit/full.js";
import { edited } from "../node/given.js";
import { concerns } from "../../../cli/verify/claims/index.js";
import { openTarget } from "../../../cli/verify/cluster/target.js";
import { verify } from "../../../cli/verify/run.js";
import { installBridge } from "./networks.js";
import { outages } from "./outage.js";
import { bundleOf, changedBundle, demandNode, nodeSettings, otherPolicy } from "./world.js";

const print = (line: string) => console.log(`      ${line}`);

const settings = await nodeSettings("lab");

/** Changes that restart a component take minutes; the sample in `npm test` leaves them out. */
const whole = full ? it : () => {};

describe("a real node", () => {
  const { name, address } = settings.cluster.nodes[0]!;
  let parent: string;
  let node: RealNode;
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
    await installBridge(node, settings);
  });
  after(async () => {
    await node?.stop();
    if (parent) rmSync(parent, { recursive: true, force: true });
  });

  /** What a change must leave as it was where it is taken back. */
  async function everything(): Promise<string> {
    const sums = "find /etc/kubernetes /var/lib/kubelet/config.yaml -type f -exec sha256sum {} + | sort -k2";
    const map = (key: string) =>
      `kubectl --namespace kube-system get configmap ${key} --output jsonpath='{.data}'`;
    const { stdout } = await node.run([
      "sh",
      "-ec",
      `${sums}; ${map("kubeadm-config")}; ${map("kubelet-config")}`,
    ]);
    return stdout;
  }

  /** Applies a bundle and prints how long it took and how long the API server was away. */
  async function applied(what: string, changed: Buffer): Promise<string | CommandFailed> {
    let result: string | CommandFailed = "";
    const start = performance.now();
    const away = await outages(node, address, async () => {
      result = await apply(node, name, changed).catch((error: CommandFailed) => error);
    });
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    const times = away.map((time) => `${time.toFixed(0)} s`).join(", ") || "never";
    print(`${what}: ${seconds} s, the API server away: ${times}`);
    return result;
  }

  it("runs what kubeadm made, with the program's settings in effect", async () => {
    const { stdout } = await node.run(["kubectl", "get", "nodes", "--no-headers"]);
    assert.match(stdout, new RegExp(`^${name} +Ready +control-plane .* v1\\.36\\.2\n$`));
    await node.run(["kubectl", "create", "secret", "generic", "needle", "--from-literal=key=hay-and-needle"]);
    const { stdout: stored } = await node.run([
      ...["kubectl", "--namespace", "kube-system", "exec", `etcd-${name}`, "--", "etcdctl"],
      ...["--cacert=/etc/kubernetes/pki/etcd/ca.crt", "--cert=/etc/kubernetes/pki/etcd/server.crt"],
      ...["--key=/etc/kubernetes/pki/etcd/server.key", "get", "/registry/secrets/default/needle"],
    ]);
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

  whole("changes the level at which Secrets are logged", async () => {
    const { controlPlane } = settings;
    const audit = { ...controlPlane.audit, secretsLevel: "RequestResponse" as const };
    const changed = await bundleOf({ ...settings, controlPlane: { ...controlPlane, audit } });
    assert.match(
      String(await applied("another audit level", changed)),
      /^applied: \d+ files; ConfigMap kubeadm-config; kube-apiserver restarted/,
    );
    await node.run(["kubectl", "get", "secret", "needle"]);
    const { stdout } = await node.run(["tail", "-n", "200", "/var/log/kubernetes/audit/audit.log"]);
    const levels = stdout
      .split("\n")
      .filter((line) => line.includes('"resource":"secrets"') && line.includes('"name":"needle"'))
      .map((line) => (JSON.parse(line) as { level: string }).level);
    assert.equal(levels.at(-1), "RequestResponse");

    assert.match(String(await applied("and back", bundle)), /; kube-apiserver restarted(;|$)/);
    assert.equal(await applied("once more", bundle), "applied: nothing changed");
  });

  async function refused(what: string, change: (files: KnownNodeFile[]) => KnownNodeFile[], reason: RegExp) {
    const before = [await everything(), await running()];
    const result = await applied(what, await changedBundle(settings, change));
    assert.ok(typeof result === "object", `it was applied: ${String(result)}`);
    assert.match(result.stderr, reason);
    print(result.stderr.trim().split("\n").join("\n      "));
    assert.deepEqual([await everything(), await running()], before);
    assert.equal(await apply(node, name, bundle), "applied: nothing changed");
  }
  const running = async (): Promise<string> =>
    (await node.run(["pidof", "kube-apiserver", "etcd", "kubelet"])).stdout;

  it("finds an audit policy that the API server refuses, with its reason, while it goes on", async () => {
    await refused(
      "a broken audit policy",
      otherPolicy("level: Metadata", "level: Metadatta"),
      /kube-apiserver does not start .*; nothing was changed\. It says:\n.*Unsupported value: .*Metadatta/,
    );
  });

  it("finds a kubelet setting that the kubelet refuses, with its reason, while it goes on", async () => {
    await refused(
      "a broken kubelet setting",
      edited(/kubeadm\/config/, "tlsMinVersion: VersionTLS13", "tlsMinVersion: VersionTLS99"),
      /kubelet does not start .*; nothing was changed\. It says:\n.*unknown tls version .*VersionTLS99/,
    );
  });

  whole("gives etcd flags that an upgrade by kubeadm keeps, without a restart", async () => {
    const flag = '    - name: quota-backend-bytes\n      value: "4294967296"';
    const change = edited(
      /kubeadm\/config/,
      "kubernetesVersion:",
      `etcd:\n  local:\n    extraArgs:\n${flag}\nkubernetesVersion:`,
    );
    assert.match(
      String(await applied("a flag of etcd", await changedBundle(settings, change))),
      /^applied: 1 files; ConfigMap kubeadm-config; etcd restarted$/,
    );
    const manifests = async () => (await node.run(["sh", "-c", "cat /etc/kubernetes/manifests/*"])).stdout;
    const before = [await manifests(), await running()];
    assert.match(before[0]!, /--quota-backend-bytes=4294967296/);
    await node.run(["kubeadm", "upgrade", "node", "--ignore-preflight-errors=SystemVerification"]);
    assert.deepEqual([await manifests(), await running()], before);
    assert.match(String(await applied("and back", bundle)), /; etcd restarted$/);
  });

  whole("restarts the kubelet with a setting that it takes", async () => {
    const change = edited(/kubeadm\/config/, "podPidsLimit: 4096", "podPidsLimit: 2048");
    assert.match(
      String(await applied("a kubelet setting", await changedBundle(settings, change))),
      /^applied: 1 files; ConfigMap kubelet-config; kubelet restarted$/,
    );
    assert.match(String(await applied("and back", bundle)), /; kubelet restarted$/);
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
