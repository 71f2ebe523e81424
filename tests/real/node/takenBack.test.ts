import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import type { KnownNodeFile } from "../../../components/control-plane/node/bundle.js";
import { Rig } from "./rig/rig.js";
import { key, type Wish } from "./rig/wish.js";

describe("cluster-security-apply, when what it began has to be taken back", () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.of();
    await rig.applied({ identityFallback: true });
    await rig.applied({});
  });
  after(() => rig.stop());

  const encryption = "etc/kubernetes/enc/enc.yaml";
  const underWay = () => existsSync(join(rig.node.root, "var/lib/cluster-security/unfinished"));
  const apiServer = async () => (await rig.node.sh("pidof kube-apiserver || :")).trim();
  /** The API server reads its keys at start without anything it knew before. */
  async function restart(): Promise<void> {
    await rig.node.sh("old=$(pidof kube-apiserver); kill $old; while [ -e /proc/$old ]; do sleep 0.1; done");
    await rig.ready();
  }

  it("waits until the API server that has to go is gone, though it has the same arguments", async () => {
    const before = rig.node.file("etc/kubernetes/manifests/kube-apiserver.yaml");
    // Two changes of a volume, which are in no argument.
    const volume = (files: KnownNodeFile[]) =>
      files.map((file) => ({ ...file, content: file.content.replace("DirectoryOrCreate", "Directory") }));
    const running = await apiServer();
    rig.node.write("var/lib/kubelet/slowness", "4000");
    try {
      const { status, stderr } = await rig.apply({ change: volume, expectedLevel: "Request" });
      assert.equal(status, 1);
      assert.match(
        stderr,
        /at level Metadata, not Request\n(.*\n)*.*everything is as it was\. .* run again: cluster-security-apply --node a <BUNDLE\n$/,
      );
      assert.equal(rig.node.file("etc/kubernetes/manifests/kube-apiserver.yaml"), before);
      const then = await apiServer();
      assert.notEqual(then, running);
      await sleep(6000);
      assert.equal(await apiServer(), then, "nothing is restarted after it has ended");
    } finally {
      rig.node.write("var/lib/kubelet/slowness", "0");
    }
  });

  it("tells systemd of units that come, go, and come back", async () => {
    const timer: KnownNodeFile = {
      path: "/etc/systemd/system/job.timer",
      mode: "0644",
      content: "[Timer]\nOnCalendar=daily\n",
    };
    const change = (files: KnownNodeFile[]) => [...files, timer];
    const heard = () => {
      const log = rig.node.file("var/lib/kubelet/systemctl.log").trimEnd().split("\n");
      rig.node.write("var/lib/kubelet/systemctl.log", "");
      return log;
    };
    // A key that is only read, and a level that the audit log does not have: it fails late, and restarts nothing.
    const failing: Wish = { keys: [key("key1"), key("key2")], expectedLevel: "Request" };
    rig.node.write("var/lib/kubelet/systemctl.log", "");
    const there = () => existsSync(join(rig.node.root, timer.path));

    assert.equal((await rig.apply({ change, ...failing })).status, 1);
    assert.equal(there(), false);
    assert.deepEqual(heard(), [
      "daemon-reload",
      "disable --now job.timer",
      "daemon-reload",
      "start timers.target",
    ]);

    const laid = await rig.apply({ change });
    assert.match(laid.stdout, /\n-- timers: job\.timer\napplied: 1 files\n$/);
    assert.deepEqual(heard(), ["daemon-reload", "start timers.target"]);
    const other = { ...timer, content: "[Timer]\nOnCalendar=weekly\n" };
    const failed = await rig.apply({ change: (files) => [...files, other], ...failing });
    assert.equal(failed.status, 1);
    assert.match(
      failed.stderr,
      /at level Metadata, not Request\n(.*\n)*.*everything is as it was\. .* run again: cluster-security-apply --node a <BUNDLE\n$/,
    );
    assert.equal(rig.node.file(timer.path.slice(1)), timer.content);
    assert.deepEqual(heard(), ["daemon-reload", "daemon-reload", "start timers.target"]);

    assert.equal(await rig.applied({}), "applied: /etc/systemd/system/job.timer removed");
    assert.equal(there(), false);
    assert.deepEqual(heard(), ["disable --now job.timer", "daemon-reload"]);
  });

  it("leaves nothing of a backup there is no room for, and changes nothing", async () => {
    const backups = "/var/lib/cluster-security/backups";
    const before = rig.node.file("etc/kubernetes/manifests/kube-apiserver.yaml");
    await rig.node.sh(`mount -t tmpfs -o size=64k tmpfs ${backups}`);
    try {
      const { status, stderr } = await rig.apply({ maxBackups: 9 });
      assert.equal(status, 1);
      assert.equal(
        stderr,
        `cluster-security-apply: no room for a backup in ${backups}; nothing was changed\n`,
      );
      assert.equal(await rig.node.sh(`ls -A ${backups}`), "");
    } finally {
      await rig.node.sh(`umount ${backups}`);
    }
    const memory = "/run";
    await rig.node.sh(`mount -t tmpfs -o size=32k tmpfs ${memory}`);
    try {
      const { status, stderr } = await rig.apply({ maxBackups: 9 });
      assert.equal(status, 1);
      assert.equal(stderr, `cluster-security-apply: no room in ${memory}; nothing was changed\n`);
    } finally {
      await rig.node.sh(`umount ${memory}`);
    }
    assert.equal(rig.node.file("etc/kubernetes/manifests/kube-apiserver.yaml"), before);
    assert.equal(underWay(), false);
  });

  it("takes everything back when a ConfigMap cannot be changed", async () => {
    const pids = (files: KnownNodeFile[]) =>
      files.map((file) => ({
        ...file,
        content: file.content.replace("podPidsLimit: 4096", "podPidsLimit: 4000"),
      }));
    const unwrap = rig.node.wrap(
      "kubectl",
      `case " $* " in *" patch configmap --namespace kube-system kubelet-config "*) echo "connection refused" >&2; exit 1 ;; esac
exec "$PROGRAM" "$@"`,
    );
    try {
      const { status, stderr } = await rig.apply({ change: pids });
      assert.equal(status, 1);
      assert.equal(
        stderr,
        "connection refused\ncluster-security-apply: everything is as it was. Mend what is named above, then run again: cluster-security-apply --node a <BUNDLE\n",
      );
    } finally {
      unwrap();
    }
    assert.match(rig.node.file("var/lib/kubelet/config.yaml"), /podPidsLimit: 4096/);
    assert.equal(await rig.applied({}), "applied: nothing changed");
  });

  it("probes once more when the API server goes away in the middle, as after a restart of etcd", async () => {
    const folder = "/var/lib/kubelet";
    const unwrap = rig.node.wrap(
      "kubectl",
      `case " $* " in *" create -f - --validate=false "*) ;; *) exec "$PROGRAM" "$@" ;; esac
cat >${folder}/made.$$
if grep -q cluster-security/probe ${folder}/made.$$ && mkdir ${folder}/probed; then
  echo "dial tcp 192.0.2.10:6443: connect: connection refused" >&2
  exit 1
fi
exec "$PROGRAM" "$@" <${folder}/made.$$`,
    );
    try {
      assert.match(await rig.applied({ maxBackups: 11 }), /kube-apiserver restarted$/);
      assert.ok(existsSync(join(rig.node.root, folder, "probed")));
    } finally {
      unwrap();
    }
    assert.match(await rig.applied({}), /kube-apiserver restarted$/);
  });

  it("keeps a new key readable when etcd does not say whether something is stored with it", async () => {
    // As soon as the new key writes a Secret is stored with it, and etcd does not answer etcdctl any more.
    const unwrap = rig.node.wrap(
      "etcdctl",
      `case " $* " in
  *" get /registry/secrets/ "*)
    if grep -qs ^stage=2 /var/lib/cluster-security/unfinished; then
      kubectl --kubeconfig=/etc/kubernetes/super-admin.conf create secret generic with-key2 --from-literal=a=b >&2
      echo "context deadline exceeded" >&2
      exit 1
    fi ;;
esac
exec "$PROGRAM" "$@"`,
    );
    const wish: Wish = { keys: [key("key2"), key("key1")] };
    try {
      const { status, stderr } = await rig.apply(wish);
      assert.equal(status, 1);
      assert.match(
        stderr,
        /\ncluster-security-apply: the old key writes again; everything else stays applied, and the new key readable, because nobody knows whether something is stored with the new key already\. .* run again: cluster-security-apply --node a <BUNDLE\n$/,
      );
    } finally {
      unwrap();
    }
    assert.equal(underWay(), false);
    assert.deepEqual(await rig.node.stored("/registry/secrets/default/with-key2"), { "secretbox:key2": 1 });
    await restart();
    assert.equal(await rig.node.kubectl("get", "secret", "with-key2", "-o", "jsonpath={.data.a}"), "Yg==");
    assert.match(
      await rig.applied(wish),
      /secrets will be stored as secretbox:key2; rewritten 0 of|secretbox:key2$/,
    );
  });

  it("goes back to the key from before when a run was cut short and the API server does not take the new one", async () => {
    const wish: Wish = { keys: [key("key3"), key("key2"), key("key1")] };
    const unwrap = rig.node.wrap(
      "mv",
      `"$PROGRAM" "$@" || exit
case "$*" in *" /etc/kubernetes/enc/enc.yaml") if grep -q ^stage=2 /var/lib/cluster-security/unfinished; then kill -KILL 0; fi ;; esac`,
    );
    try {
      const { stdout } = await rig.apply(wish);
      assert.match(stdout, /\n-- the new key is put first\n$/);
    } finally {
      unwrap();
    }
    assert.ok(underWay());
    rig.node.write(encryption, rig.node.file(encryption).replace("secretbox", "sandbox"));
    const { status, stderr } = await rig.apply(wish, { args: ["--wait", "20"] });
    assert.equal(status, 1);
    assert.match(stderr, /the API server refuses the encryption configuration/);
    assert.match(
      stderr,
      /everything is as it was\. .* run again: cluster-security-apply --node a <BUNDLE\ncluster-security-apply: an earlier run was cut short while a new key was put first, and the API server does not take that; run again: cluster-security-apply --node a <BUNDLE\n$/,
    );
    assert.equal(underWay(), false);
    const { resources } = parse(rig.node.file(encryption)) as { resources: object[] };
    const names = [...JSON.stringify(resources).matchAll(/"name":"(key\d)"/g)].map(([, name]) => name);
    assert.equal(names[0], "key2");
    assert.ok(names.includes("key1"));
    await restart();
    assert.match(await rig.applied(wish), /secrets will be stored as secretbox:key3/);
  });
});
