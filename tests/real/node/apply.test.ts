import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { KnownNodeFile } from "../../../components/control-plane/node/bundle.js";
import { until } from "../../../cli/kit/until.js";
import { Rig } from "./rig/rig.js";
import { base, configuration, everything, inKubeadm, edited } from "./given.js";

describe("cluster-security-apply", () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.of({ watchers: true });
  });
  after(() => rig.stop());

  const processes = (): Promise<string> =>
    rig.node.sh("pidof kube-apiserver kube-scheduler kube-controller-manager etcd");

  it("puts everything into effect on a cluster that kubeadm made without it", async () => {
    chmodSync(join(rig.node.root, "var/lib/kubelet/config.yaml"), 0o600);
    const line = await rig.applied(base);
    assert.match(
      line,
      /^applied: 4 files; ConfigMap kubeadm-config; ConfigMap kubelet-config; kube-apiserver restarted; kube-controller-manager restarted; kube-scheduler restarted; kubelet restarted; keys loaded: plain text, secretbox:key1; secrets will be stored as secretbox:key1$/,
    );
    const { apiServer, kubernetesVersion, controllerManager } = await configuration(rig);
    const args = Object.fromEntries(
      apiServer.extraArgs.map(({ name, value }: Record<string, string>) => [name, value]),
    );
    assert.equal(args["event-ttl"], "2h0m0s", "what somebody else put there stays");
    assert.equal(args["encryption-provider-config"], "/etc/kubernetes/enc/enc.yaml");
    assert.equal(kubernetesVersion, "v1.36.2");
    assert.ok(controllerManager.extraArgs.length > 0);
    // The phase that `kubeadm upgrade` runs renders what runs.
    await rig.node.sh(
      "kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get cm kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' >/var/lib/kubelet/live.yaml &&" +
        "sed -n '1,/^---/p' /var/lib/kubelet/kubeadm.yaml | cat - /var/lib/kubelet/live.yaml >/var/lib/kubelet/both.yaml &&" +
        "KUBEADM_INIT_DRYRUN_DIR=/var/lib/kubelet/again kubeadm init phase control-plane all --config /var/lib/kubelet/both.yaml --dry-run >/dev/null",
    );
    for (const file of ["kube-apiserver", "kube-scheduler", "kube-controller-manager"])
      assert.equal(
        rig.node.file(`var/lib/kubelet/again/${file}.yaml`),
        rig.node.file(`etc/kubernetes/manifests/${file}.yaml`),
      );
    const kubelet = JSON.parse(
      await rig.node.kubectl("--server=http://127.0.0.1:10248", "get", "--raw", "/healthz"),
    );
    assert.equal(kubelet.configuration.podPidsLimit, 4096);
    assert.equal(statSync(join(rig.node.root, "var/lib/kubelet/config.yaml")).mode & 0o777, 0o600);
    assert.equal(kubelet.configuration.clusterDomain, "cluster.local");
  });

  it("leaves a backup that only root can read, and itself", () => {
    assert.equal(statSync(join(rig.node.root, "var/lib/cluster-security")).mode & 0o777, 0o700);
    const [backup] = readdirSync(join(rig.node.root, "var/lib/cluster-security/backups"));
    const folder = join(rig.node.root, "var/lib/cluster-security/backups", backup!);
    assert.ok(statSync(join(folder, "etcd.db")).size > 10_000);
    assert.ok(
      !readFileSync(join(folder, "kubernetes/manifests/kube-apiserver.yaml"), "utf8").includes("encryption"),
    );
    assert.equal(statSync(join(rig.node.root, "usr/local/sbin/cluster-security-apply")).mode & 0o777, 0o755);
    assert.ok(
      !readdirSync(join(rig.node.root, "var/lib/cluster-security")).some((name) => name.startsWith("work")),
    );
  });

  it("does nothing the second time", async () => {
    const [before, running] = [await everything(rig), await processes()];
    const { stdout, status } = await rig.apply(base);
    assert.equal(stdout, "applied: nothing changed\n");
    assert.equal(status, 0);
    assert.deepEqual(await everything(rig), before);
    assert.equal(await processes(), running);
    assert.equal(readdirSync(join(rig.node.root, "var/lib/cluster-security/backups")).length, 1);
  });

  it("takes the bundle as base64 text, and removes a flag that is no longer wanted", async () => {
    const flag = (files: KnownNodeFile[]) =>
      edited(
        /kubeadm\/config/,
        "  extraArgs:\n",
        '  extraArgs:\n    - name: max-requests-inflight\n      value: "399"\n',
      )(files);
    assert.match(
      await rig.applied({ ...base, change: flag }),
      /^applied: 1 files; ConfigMap kubeadm-config; kube-apiserver restarted$/,
    );
    const bundle = (await rig.bundle(base)).toString("base64").replace(/.{76}/g, "$&\n");
    const { status, stdout, stderr } = await rig.node.run(
      ["cluster-security-apply", "--node", "a", "--base64"],
      { input: bundle },
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^applied: 1 files; ConfigMap kubeadm-config; kube-apiserver restarted\n$/m);
    assert.ok(
      !rig.node.file("etc/kubernetes/manifests/kube-apiserver.yaml").includes("max-requests-inflight"),
    );
  });

  it("changes etcd's flags, and asks at the first of several addresses whether it is well", async () => {
    const urls = "http://127.0.0.1:2381,http://10.0.0.1:2381";
    const others = () => etcdFlags().filter((flag) => !flag.includes("--listen-metrics-urls"));
    const order = others();
    const etcd = `etcd: {local: {extraArgs: [{name: listen-metrics-urls, value: "${urls}"}]}}\n`;
    assert.equal(
      await rig.applied(inKubeadm("kubernetesVersion:", `${etcd}kubernetesVersion:`)),
      "applied: 1 files; ConfigMap kubeadm-config; etcd restarted",
    );
    assert.ok(
      rig.node.file("etc/kubernetes/manifests/etcd.yaml").includes(`--listen-metrics-urls=${urls}\n`),
    );
    await rig.ready();
    assert.deepEqual(others(), order, "in another order kubeadm upgrade would restart etcd");
    assert.equal(await rig.applied(base), "applied: 1 files; ConfigMap kubeadm-config; etcd restarted");
    await rig.ready();
  });
  const manifest = "etc/kubernetes/manifests/etcd.yaml";
  const etcdFlags = () => rig.node.file(manifest).match(/- --.*/g)!;

  it("restarts nothing for flags that are in another order", async () => {
    const [first, second] = etcdFlags();
    const text = rig.node.file(manifest);
    const swapped = text.replace(`    ${first}\n`, "").replace(second!, `${second}\n    ${first}`);
    const before = await processes();
    writeFileSync(join(rig.node.root, manifest), swapped);
    await until(async () => (await processes()) !== before, "the kubelet does not restart etcd");
    await rig.ready();
    const running = await processes();
    assert.equal(await rig.applied(base), "applied: nothing changed");
    assert.equal(await processes(), running);
  });

  it("finds etcdctl in etcd's container where it is not on the node", async () => {
    const sbin = join(rig.node.root, "usr/local/sbin");
    mkdirSync(join(rig.node.root, "var/lib/kubelet/container"));
    renameSync(join(sbin, "etcdctl"), join(rig.node.root, "var/lib/kubelet/container/etcdctl"));
    rig.node.write(
      "usr/local/sbin/crictl",
      `#!/bin/sh
case "$*" in
  "ps --quiet --state Running --name ^etcd$") echo 0123abcd ;;
  "exec 0123abcd etcdctl "*) shift 2 && PATH=/var/lib/kubelet/container exec "$@" ;;
  *) echo "crictl $*" >&2 && exit 1 ;;
esac
`,
    );
    chmodSync(join(sbin, "crictl"), 0o755);
    try {
      assert.match(await rig.applied({ ...base, maxBackups: 8 }), /kube-apiserver restarted$/);
      const newest = readdirSync(join(rig.node.root, "var/lib/cluster-security/backups")).sort().at(-1)!;
      const snapshot = join(rig.node.root, "var/lib/cluster-security/backups", newest, "etcd.db");
      assert.ok(statSync(snapshot).size > 10_000);
    } finally {
      renameSync(join(rig.node.root, "var/lib/kubelet/container/etcdctl"), join(sbin, "etcdctl"));
      rmSync(join(sbin, "crictl"));
    }
  });

  it("waits for etcd's pod, which the kubelet shows some time after it has started it anew", async () => {
    const sbin = join(rig.node.root, "usr/local/sbin");
    const container = join(rig.node.root, "var/lib/kubelet/container/etcdctl");
    renameSync(join(sbin, "etcdctl"), container);
    const asked = "var/lib/kubelet/asked";
    const unwrap = rig.node.wrap(
      "kubectl",
      `case " $* " in *" exec --namespace kube-system etcd-"*) ;; *) exec "$PROGRAM" "$@" ;; esac
while [ "\${1#etcd-}" = "$1" ]; do shift; done
echo >>/${asked}
if [ "$(wc -l </${asked})" -lt 3 ]; then
  echo "Error from server (NotFound): pods \\"$1\\" not found" >&2
  exit 1
fi
shift 2
PATH=/var/lib/kubelet/container exec "$@"`,
    );
    try {
      assert.match(await rig.applied({ ...base, maxBackups: 9 }), /kube-apiserver restarted$/);
      assert.ok(rig.node.file(asked).length >= 3);
    } finally {
      unwrap();
      renameSync(container, join(sbin, "etcdctl"));
    }
  });

  it("lets one run at a time change the node", async () => {
    const results = await Promise.all([rig.apply(base), rig.apply(base)]);
    const [won, lost] = results.sort((a, b) => a.status! - b.status!);
    assert.equal(won.status, 0, won.stderr);
    assert.match(won.stdout, /kube-apiserver restarted\n$/);
    // The other one may have the lock and not have written its number yet.
    assert.match(
      lost.stderr,
      /^cluster-security-apply: another run is at work on this node: (process \d+|a process of .*) holds \/var\/lib\/cluster-security\/lock; nothing was changed\n$/,
    );
  });

  it("proves the level at which requests about Secrets are logged, and goes back when it is another", async () => {
    const before = await everything(rig);
    const { status, stderr } = await rig.apply({
      ...base,
      secretsLevel: "RequestResponse",
      expectedLevel: "Metadata",
    });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /a request about a Secret is in \/var\/log\/kubernetes\/audit\/audit.log at level RequestResponse, not Metadata/,
    );
    assert.match(
      stderr,
      /everything is as it was\. .* run again: cluster-security-apply --node a <BUNDLE\n$/,
    );
    assert.deepEqual(await everything(rig), before);
  });

  it("goes back when the kubelet does not come up, with the end of its journal", async () => {
    const before = await everything(rig);
    const unwrap = rig.node.wrap("journalctl", "echo 'E1130 run.go: unknown field'; echo Stopped.");
    try {
      const { status, stderr } = await rig.apply(inKubeadm("podPidsLimit: 4096", "podPidsLimit: many"), {
        args: ["--wait", "3"],
      });
      assert.equal(status, 1);
      assert.match(
        stderr,
        /the kubelet does not answer after 3 seconds\. The end of its journal:\nE1130 run\.go: unknown field\n(.*\n)*.*everything is as it was\. .* run again: cluster-security-apply --node a <BUNDLE\n$/,
      );
    } finally {
      unwrap();
    }
    assert.deepEqual(await everything(rig), before);
  });

  it("keeps the last three backups", () => {
    assert.equal(readdirSync(join(rig.node.root, "var/lib/cluster-security/backups")).length, 3);
    assert.ok(!existsSync(join(rig.node.root, "var/lib/cluster-security/unfinished")));
  });
});
