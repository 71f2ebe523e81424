import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { KnownNodeFile } from "../../../components/control-plane/node/bundle.js";
import { key, Rig, type Wish } from "./rig/rig.js";

const base: Wish = { keys: [key("key1")], identityFallback: true };

/** The files with one of them changed. */
const edited =
  (path: RegExp, from: string | RegExp, to: string) =>
  (files: KnownNodeFile[]): KnownNodeFile[] => {
    assert.ok(
      files.some((file) => path.test(file.path) && file.content.search(from) >= 0),
      `${path} holds ${from}`,
    );
    return files.map((file) =>
      path.test(file.path) ? { ...file, content: file.content.replace(from, to) } : file,
    );
  };
const inKubeadm = (from: string | RegExp, to: string): Wish => ({
  ...base,
  change: edited(/kubeadm\/config/, from, to),
});

describe("cluster-security-apply", () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.of({ watchers: true });
  });
  after(() => rig.stop());

  const configuration = async (): Promise<Record<string, any>> =>
    parse(
      await rig.node.kubectl(
        "-n",
        "kube-system",
        "get",
        "cm",
        "kubeadm-config",
        "-o",
        "jsonpath={.data.ClusterConfiguration}",
      ),
    );
  /** Everything an apply may change. */
  async function everything(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const top of ["etc/kubernetes", "var/lib/kubelet/config.yaml"]) {
      const path = join(rig.node.root, top);
      const files = statSync(path).isDirectory()
        ? readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name))
        : [path];
      for (const file of files.filter((name) => statSync(name).isFile())) {
        const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
        found[file] = `${statSync(file).mode.toString(8)} ${hash}`;
      }
    }
    for (const map of ["kubeadm-config", "kubelet-config"])
      found[map] = await rig.node.kubectl("-n", "kube-system", "get", "cm", map, "-o", "jsonpath={.data}");
    return found;
  }
  const processes = (): Promise<string> =>
    rig.node.sh("pidof kube-apiserver kube-scheduler kube-controller-manager etcd");

  it("puts everything into effect on a cluster that kubeadm made without it", async () => {
    chmodSync(join(rig.node.root, "var/lib/kubelet/config.yaml"), 0o600);
    const line = await rig.applied(base);
    assert.match(
      line,
      /^applied: 4 files; ConfigMap kubeadm-config; ConfigMap kubelet-config; kube-apiserver restarted; kube-controller-manager restarted; kube-scheduler restarted; kubelet restarted; keys loaded: plain text, secretbox:key1; secrets will be stored as secretbox:key1$/,
    );
    const { apiServer, kubernetesVersion, controllerManager } = await configuration();
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
    const [before, running] = [await everything(), await processes()];
    const { stdout, status } = await rig.apply(base);
    assert.equal(stdout, "applied: nothing changed\n");
    assert.equal(status, 0);
    assert.deepEqual(await everything(), before);
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
    const etcd = `etcd: {local: {extraArgs: [{name: listen-metrics-urls, value: "${urls}"}]}}\n`;
    assert.equal(
      await rig.applied(inKubeadm("kubernetesVersion:", `${etcd}kubernetesVersion:`)),
      "applied: 1 files; ConfigMap kubeadm-config; etcd restarted",
    );
    assert.ok(
      rig.node.file("etc/kubernetes/manifests/etcd.yaml").includes(`--listen-metrics-urls=${urls}\n`),
    );
    await rig.ready();
    assert.equal(await rig.applied(base), "applied: 1 files; ConfigMap kubeadm-config; etcd restarted");
    await rig.ready();
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

  it("lets one run at a time change the node", async () => {
    const wish = { ...base, maxBackups: 7 };
    const results = await Promise.all([rig.apply(wish), rig.apply(wish)]);
    const [won, lost] = results.sort((a, b) => a.status! - b.status!);
    assert.equal(won.status, 0, won.stderr);
    assert.equal(
      lost.stderr,
      "cluster-security-apply: another run is at work on this node; nothing was changed\n",
    );
    assert.match(await rig.applied(base), /kube-apiserver restarted$/);
  });

  it("proves the level at which requests about Secrets are logged, and goes back when it is another", async () => {
    const before = await everything();
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
    assert.match(stderr, /everything is as it was\n$/);
    assert.deepEqual(await everything(), before);
  });

  it("goes back from a broken audit policy, and the API server answers again", async () => {
    const before = await everything();
    const { status, stderr } = await rig.apply({
      ...base,
      secretsLevel: "RequestResponse",
      change: edited(/audit\/policy/, "level: RequestResponse", "level: Everything"),
    });
    assert.equal(status, 1);
    assert.match(stderr, /kube-apiserver ended three times with its new files\. The end of its log:\n/);
    assert.match(stderr, /Everything/, "its own reason is told");
    assert.match(stderr, /everything is as it was\n$/);
    assert.deepEqual(await everything(), before);
    await rig.node.kubectl("get", "secrets", "-A");
    assert.equal(await rig.applied(base), "applied: nothing changed");
  });

  it("goes back when the kubelet does not come up", async () => {
    const before = await everything();
    const { status, stderr } = await rig.apply(inKubeadm("podPidsLimit: 4096", "podPidsLimit: many"), {
      args: ["--wait", "3"],
    });
    assert.equal(status, 1);
    assert.match(stderr, /the kubelet does not answer after 3 seconds\n(.*\n)*.*everything is as it was\n$/);
    assert.deepEqual(await everything(), before);
  });

  const manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
  const refusals: { what: string; wish: Wish; message: RegExp; args?: string[] }[] = [
    {
      what: "another version",
      wish: { ...base, kubernetesVersion: "v1.36.1" },
      message: /^kubernetesVersion: the settings say v1\.36\.1, the cluster has v1\.36\.2\. /,
    },
    {
      what: "other addresses of pods",
      wish: { ...base, podSubnet: "10.0.0.0/16" },
      message:
        /^networking\.podSubnet: the settings say 10\.0\.0\.0\/16, the cluster has 10\.244\.0\.0\/16\. /,
    },
    {
      what: "other names in the certificate",
      wish: { ...base, certSANs: ["b.example.com", "a.example.com"] },
      message: /^certSANs: the settings say a\.example\.com b\.example\.com, the cluster has none\. /,
    },
    {
      what: "another endpoint",
      wish: inKubeadm("kubernetesVersion:", "controlPlaneEndpoint: api:6443\nkubernetesVersion:"),
      message: /^controlPlaneEndpoint: the settings say api:6443, the cluster has none\. /,
    },
    {
      what: "another folder of etcd",
      wish: inKubeadm("kubernetesVersion:", "etcd: {local: {dataDir: /srv/etcd}}\nkubernetesVersion:"),
      message: /^etcd: the settings say local \/srv\/etcd, the cluster has local \/var\/lib\/etcd\. /,
    },
    {
      what: "another folder of certificates",
      wish: inKubeadm("kubernetesVersion:", "certificatesDir: /srv/pki\nkubernetesVersion:"),
      message: /^certificatesDir: the settings say \/srv\/pki, the cluster has \/etc\/kubernetes\/pki\. /,
    },
    {
      what: "two volumes at one place",
      wish: inKubeadm(
        "name: audit-policy\n",
        "name: another-name\n      hostPath: /etc/kubernetes/enc\n      mountPath: /etc/kubernetes/enc\n    - name: audit-policy\n",
      ),
      message:
        /^apiServer\.extraVolumes: two volumes are mounted at \/etc\/kubernetes\/enc: encryption another-name\. /,
    },
    {
      what: "another value of a live key",
      wish: { ...base, keys: [{ ...key("key1"), secret: key("other").secret }] },
      message:
        /^encryption key secretbox:key1: the settings hold another value than \/etc\/kubernetes\/enc\/enc\.yaml has\. /,
    },
    {
      what: "to drop the key that writes",
      wish: { ...base, keys: [key("key2")] },
      message: /^(\d+ )?secrets are still (being )?stored (with|as) secretbox:key1, which the settings drop/,
    },
    {
      what: "another node's bundle",
      wish: base,
      args: ["--node", "b"],
      message: /^the bundle is for node a, not b; nothing was changed/,
    },
  ];
  for (const { what, wish, message, args } of refusals) {
    it(`refuses ${what} and changes nothing`, async () => {
      const before = await everything();
      const { status, stderr } = await rig.apply(wish, { args });
      assert.equal(status, 1);
      assert.match(stderr.replace("cluster-security-apply: ", ""), message);
      assert.match(stderr, /nothing was changed\n$/);
      // The one value that would give a key away.
      for (const { secret } of [key("key1"), key("other")]) assert.ok(!stderr.includes(secret as string));
      assert.deepEqual(await everything(), before);
    });
  }

  it("refuses a flag that somebody wrote into the manifest", async () => {
    const text = rig.node.file(manifest);
    rig.node.write(
      manifest,
      text.replace("    - --event-ttl=2h0m0s\n", "    - --event-ttl=3h0m0s\n    - --goaway-chance=0.001\n"),
    );
    assert.notEqual(rig.node.file(manifest), text);
    const restarted = async (flag: string) => {
      await rig.node.sh(
        `until grep -qs -e '${flag}' "/proc/$(pidof kube-apiserver)/cmdline"; do sleep 0.2; done`,
      );
      await rig.ready();
    };
    try {
      await restarted("event-ttl=3h");
      const { stderr } = await rig.apply(base);
      assert.match(
        stderr,
        /kube-apiserver runs with --event-ttl=3h0m0s, and kubeadm would give it --event-ttl=2h0m0s: .* was changed by hand/,
      );
    } finally {
      rig.node.write(manifest, text);
      await restarted("event-ttl=2h");
    }
  });

  it("refuses to take back an upgrade that was done without the settings", async () => {
    const patch = async (from: string, to: string) => {
      const { kubernetesVersion } = await configuration();
      assert.equal(kubernetesVersion, from);
      await rig.node.sh(
        `kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get cm kubeadm-config -o yaml | sed 's/kubernetesVersion: ${from}/kubernetesVersion: ${to}/' | kubectl --kubeconfig /etc/kubernetes/admin.conf replace -f -`,
      );
    };
    await patch("v1.36.2", "v1.36.3");
    const before = await everything();
    const { status, stderr } = await rig.apply(base);
    assert.equal(status, 1);
    assert.match(stderr, /kubernetesVersion: the settings say v1\.36\.2, the cluster has v1\.36\.3\. /);
    assert.deepEqual(await everything(), before);
    // The ConfigMap is upgraded first, the API server later.
    assert.match(
      (await rig.apply({ ...base, kubernetesVersion: "v1.36.3" })).stderr,
      /kubernetesVersion: the settings say v1\.36\.3, the API server runs v1\.36\.2\. /,
    );
    await patch("v1.36.3", "v1.36.2");
  });

  it("refuses what is no bundle, or not all of one, before it takes what is missing for unwanted", async () => {
    const before = await everything();
    const bundle = await rig.bundle(base);
    // After each member but the last: tar takes that for an archive.
    const headers = [];
    for (let at = 512; at < bundle.length; at += 512)
      if (bundle.toString("latin1", at + 257, at + 262) === "ustar") headers.push(at);
    assert.equal(headers.length, 5);
    const changed = Buffer.from(bundle);
    changed[bundle.indexOf("level: Metadata")] = "L".charCodeAt(0);
    for (const [input, message] of [
      ...[...headers.map((at) => bundle.subarray(0, at)), changed].map(
        (input) =>
          [
            input,
            /^cluster-security-apply: the archive is not whole: it was made with 5 files, and not all of them are there as they were\. Make or copy it again; nothing was changed\n$/,
          ] as const,
      ),
      [bundle.subarray(0, bundle.length / 2), /standard input is no tar archive|the archive is not whole/],
      ["hello", /standard input is no tar archive/],
      ["", /standard input is no tar archive|has no cluster-security\/settings/],
    ] as const) {
      const { status, stderr } = await rig.node.run(["cluster-security-apply", "--node", "a"], { input });
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
    assert.deepEqual(await everything(), before);
  });

  it("keeps the last three backups", () => {
    assert.equal(readdirSync(join(rig.node.root, "var/lib/cluster-security/backups")).length, 3);
    assert.ok(!existsSync(join(rig.node.root, "var/lib/cluster-security/unfinished")));
  });
});

describe("cluster-security-apply on a node without a cluster", () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.empty();
  });
  after(() => rig.stop());

  it("writes the files, names the next command, and does nothing the second time", async () => {
    const { status, stdout, stderr } = await rig.apply(base);
    assert.equal(status, 0, stderr);
    assert.equal(
      stdout,
      "There is no cluster here yet. To make rig: kubeadm init --config /etc/kubernetes/kubeadm/config.yaml\napplied: 5 files\n",
    );
    assert.equal(statSync(join(rig.node.root, "etc/kubernetes/enc/enc.yaml")).mode & 0o777, 0o600);
    assert.match(await rig.applied(base), /^applied: nothing changed$/);
  });
});
