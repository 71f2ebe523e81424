import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../../cli/kit/until.js";
import { everything } from "./given.js";
import { Rig } from "./rig/rig.js";
import { key, type Wish } from "./rig/wish.js";

describe("cluster-security-apply after a run that was cut short, while another node is at work", () => {
  let rig: Rig;
  const base: Wish = { keys: [key("key1")], identityFallback: true };
  const manifest = "etc/kubernetes/manifests/kube-apiserver.yaml";
  const underWay = () => existsSync(join(rig.node.root, "var/lib/cluster-security/unfinished"));
  const free = () =>
    rig.node.kubectl("delete", "lease", "cluster-security-apply", "-n", "kube-system", "--ignore-not-found");
  before(async () => {
    rig = await Rig.of();
    await rig.applied(base);
  });
  after(() => rig.stop());

  /** A run that is killed when it has put a file into its place. */
  async function cutShort(wish: Wish, path: string): Promise<void> {
    const unwrap = rig.node.wrap(
      "mv",
      `"$PROGRAM" "$@" || exit\ncase "$*" in *" /${path}") kill -KILL 0 ;; esac`,
    );
    try {
      await rig.apply(wish);
    } finally {
      unwrap();
    }
    assert.ok(underWay());
    // What is left of it holds the lock for a moment.
    await rig.node.sh("flock -w 120 /var/lib/cluster-security/lock true");
  }
  async function otherNodeBegins(): Promise<void> {
    await free();
    await rig.node.makeLease(4_000_000_000);
  }
  const busy = /^cluster-security-apply: a run is at work on b\. .*; nothing was changed\n$/;

  it("changes nothing before it holds the Lease, also where it is only to rewrite", async () => {
    const before = await everything(rig);
    await cutShort({ ...base, maxBackups: 7 }, "etc/kubernetes/kubeadm/config.yaml");
    await otherNodeBegins();
    const left = await everything(rig);
    assert.notDeepEqual(left, before);
    const { status, stdout, stderr } = await rig.apply(base);
    assert.equal(status, 1);
    assert.match(stderr, busy);
    assert.equal(stdout, "");
    const rewrite = await rig.node.run(["cluster-security-apply", "--rewrite"]);
    assert.equal(rewrite.status, 1);
    assert.match(rewrite.stderr, busy);
    assert.deepEqual(await everything(rig), left);
    assert.ok(underWay());

    await free();
    const taken = await rig.node.run(["cluster-security-apply", "--rewrite"]);
    assert.equal(taken.status, 0, taken.stderr);
    assert.match(
      taken.stdout,
      /^-- an earlier run was cut short; putting back what it had changed\n(.*\n)*applied: /,
    );
    assert.deepEqual(await everything(rig), before);
    assert.equal(await rig.applied(base), "applied: nothing changed");
  });

  it("says that nothing was put back where the backup is gone, as of somebody who made room", async () => {
    await free();
    await cutShort({ ...base, maxBackups: 7 }, "etc/kubernetes/kubeadm/config.yaml");
    await free();
    const left = await everything(rig);
    const backups = "/var/lib/cluster-security/backups";
    await rig.node.sh(`mv ${backups} ${backups}.away; mkdir ${backups}`);
    const { status, stderr } = await rig.apply(base);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^cluster-security-apply: there is no backup \/\S+\n.* Nothing was put back\. .*\n$/,
    );
    assert.deepEqual(await everything(rig), left);
    await rig.node.sh(`rmdir ${backups}; mv ${backups}.away ${backups}`);
    assert.equal(await rig.applied(base), "applied: nothing changed");
  });

  it("puts back without the Lease what keeps the API server down, and says so", async () => {
    const before = await everything(rig);
    await cutShort({ ...base, maxBackups: 6 }, manifest);
    await rig.node.sh("until grep -qs maxbackup=6 /proc/$(pidof kube-apiserver)/cmdline; do sleep 0.2; done");
    await rig.ready();
    await otherNodeBegins();
    // As flags would that nobody could try first.
    const pid = (await rig.node.sh("pidof kube-apiserver")).trim();
    rig.node.write(
      manifest,
      rig.node.file(manifest).replace("- kube-apiserver\n", "$&    - --no-such-flag=1\n"),
    );
    await until(async () => (await rig.node.sh("pidof kube-apiserver || :")).trim() !== pid, "it goes on");
    const { status, stdout, stderr } = await rig.apply(base);
    assert.equal(status, 1);
    assert.equal(stdout, "-- an earlier run was cut short; putting back what it had changed\n");
    assert.match(
      stderr,
      /^cluster-security-apply: a run is at work on b\. .*; what an earlier run had changed was put back, and nothing else was changed\n$/,
    );
    assert.deepEqual(await everything(rig), before);
    await free();
    assert.equal(await rig.applied(base), "applied: nothing changed");
  });
});
