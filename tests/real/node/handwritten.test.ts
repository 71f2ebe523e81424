import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "../../../cli/kit/until.js";
import { base, inKubeadm } from "./given.js";
import { Rig } from "./rig/rig.js";

describe("the flags of a manifest, for cluster-security-apply", () => {
  it("are read as the components read them, however they are written", () => {
    const part = fileURLToPath(
      new URL("../../../components/control-plane/node/apply/kubernetes.sh", import.meta.url),
    );
    const folder = mkdtempSync(join(tmpdir(), "cluster-security-flags-"));
    try {
      const written = "etcd --a=1 --b 2 --c --d=x=y -e=3 -f 4 --g= --h";
      writeFileSync(join(folder, "manifest"), `${written.replaceAll(" ", "\n")}\n-- mounts\n-- rest\n`);
      const { stderr } = spawnSync(
        "sh",
        [
          "-c",
          `. '${part}'; same() { cmp -s "$@"; }; local_get() { cat "$1"; }; cd "$work"; known manifest; cp "$known.flags" flags`,
        ],
        { env: { ...process.env, work: folder, LC_ALL: "C" }, encoding: "utf8" },
      );
      assert.equal(stderr, "");
      assert.equal(
        readFileSync(join(folder, "flags"), "utf8").replaceAll("\t", "="),
        "a=1\nb=2\nc=true\nd=x=y\ne=3\nf=4\ng=\nh=true\n",
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("cluster-security-apply on what somebody wrote by hand", () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.of();
    await rig.applied(base);
  });
  after(() => rig.stop());

  const manifest = "etc/kubernetes/manifests/etcd.yaml";
  const processes = () => rig.node.sh("pidof etcd kube-apiserver || :");

  it("restarts nothing for quotes, and leaves to etcd the members that it joined with", async () => {
    const members = "b=https://10.0.0.2:2380,a=https://10.0.0.1:2380";
    const before = await processes();
    rig.node.write(
      manifest,
      rig.node
        .file(manifest)
        .replace(/--initial-cluster=.*/, `--initial-cluster=${members}`)
        .replace(/^( +- )(--.*)$/gm, '$1"$2"'),
    );
    assert.match(rig.node.file(manifest), /^ +- "--initial-cluster=b=/m);
    await until(async () => (await processes()) !== before, "the kubelet does not restart etcd");
    await rig.ready();
    const running = await processes();
    assert.equal(await rig.applied(base), "applied: nothing changed");
    assert.equal(await processes(), running);

    const quota = 'etcd: {local: {extraArgs: [{name: quota-backend-bytes, value: "4294967296"}]}}\n';
    assert.equal(
      await rig.applied(inKubeadm("kubernetesVersion:", `${quota}kubernetesVersion:`)),
      "applied: 1 files; ConfigMap kubeadm-config; etcd restarted",
    );
    assert.match(rig.node.file(manifest), new RegExp(`--initial-cluster=${members}$`, "m"));
    await rig.ready();
  });

  it("takes quotes, and a flag without a value, in the ConfigMap kubeadm-config", async () => {
    const written = (await rig.node.kubeadmConfig())
      .replace("apiVersion: kubeadm.k8s.io/v1beta4", 'apiVersion: "kubeadm.k8s.io/v1beta4"')
      .replace(/^apiServer:\n {2}extraArgs:\n/m, "$&  - name: admission-control-config-file\n");
    assert.match(written, /^apiVersion: "/m);
    assert.match(written, /admission-control-config-file\n/);
    rig.node.write("var/lib/kubelet/written.yaml", written);
    await rig.node.sh(
      "cd /var/lib/kubelet; export KUBECONFIG=/etc/kubernetes/super-admin.conf; " +
        "kubectl create configmap kubeadm-config -n kube-system --from-file=ClusterConfiguration=written.yaml --dry-run=client -o yaml | kubectl replace -f -",
    );
    const { status, stdout, stderr } = await rig.apply({ ...base, maxBackups: 9 });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /; kube-apiserver restarted$/m);
    assert.match(
      rig.node.file("etc/kubernetes/manifests/kube-apiserver.yaml"),
      /- --admission-control-config-file=$/m,
    );
  });
});
