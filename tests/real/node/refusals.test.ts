import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Rig } from "./rig/rig.js";
import { key, type Wish } from "./rig/wish.js";
import { base, configuration, everything, inKubeadm } from "./given.js";

describe("cluster-security-apply", () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.of();
    await rig.applied(base);
  });
  after(() => rig.stop());

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
      const before = await everything(rig);
      const { status, stderr } = await rig.apply(wish, { args });
      assert.equal(status, 1);
      assert.match(stderr.replace("cluster-security-apply: ", ""), message);
      assert.match(stderr, /nothing was changed\n$/);
      // The one value that would give a key away.
      for (const { secret } of [key("key1"), key("other")]) assert.ok(!stderr.includes(secret as string));
      assert.deepEqual(await everything(rig), before);
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

  it("refuses to drop a container that somebody put next to the API server", async () => {
    const text = rig.node.file(manifest);
    const other = "  - name: kms\n    image: kms\n    command: [kms-plugin]\n";
    const started = () => rig.node.sh("until pidof kube-apiserver; do sleep 0.2; done");
    const before = await started();
    const write = async (content: string) => {
      const old = await started();
      rig.node.write(manifest, content);
      await rig.node.sh(`while [ "$(pidof kube-apiserver)" = "${old.trim()}" ]; do sleep 0.2; done`);
      await rig.ready();
    };
    try {
      await write(text.replace("  hostNetwork: true\n", `${other}  hostNetwork: true\n`));
      assert.notEqual(await started(), before);
      const { stderr } = await rig.apply(base);
      assert.match(
        stderr,
        /kube-apiserver\.yaml differs from what kubeadm renders: container .*kms-plugin.* would become nothing\. .*nothing was changed\n$/,
      );
    } finally {
      await write(text);
    }
  });

  it("refuses to take back an upgrade that was done without the settings", async () => {
    const patch = async (from: string, to: string) => {
      const { kubernetesVersion } = await configuration(rig);
      assert.equal(kubernetesVersion, from);
      await rig.node.sh(
        `kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get cm kubeadm-config -o yaml | sed 's/kubernetesVersion: ${from}/kubernetesVersion: ${to}/' | kubectl --kubeconfig /etc/kubernetes/admin.conf replace -f -`,
      );
    };
    await patch("v1.36.2", "v1.36.3");
    const before = await everything(rig);
    const { status, stderr } = await rig.apply(base);
    assert.equal(status, 1);
    assert.match(stderr, /kubernetesVersion: the settings say v1\.36\.2, the cluster has v1\.36\.3\. /);
    assert.deepEqual(await everything(rig), before);
    // The ConfigMap is upgraded first, the API server later.
    assert.match(
      (await rig.apply({ ...base, kubernetesVersion: "v1.36.3" })).stderr,
      /kubernetesVersion: the settings say v1\.36\.3, the API server runs v1\.36\.2\. /,
    );
    await patch("v1.36.3", "v1.36.2");
  });

  it("refuses what is no bundle, or not all of one, before it takes what is missing for unwanted", async () => {
    const before = await everything(rig);
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
    assert.deepEqual(await everything(rig), before);
  });
});

describe("the arguments of cluster-security-apply", () => {
  for (const wait of ["3m", "08", "0", "-1"]) {
    it(`have no --wait ${wait}`, () => {
      const script = fileURLToPath(
        new URL("../../../components/control-plane/node/apply.sh", import.meta.url),
      );
      const { status, stderr } = spawnSync("sh", [script, "--node", "a", "--wait", wait], {
        encoding: "utf8",
      });
      assert.equal(
        stderr,
        `cluster-security-apply: --wait needs a whole number of seconds such as 180, not ${wait}\n`,
      );
      assert.equal(status, 1);
    });
  }
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
      "There is no cluster here yet. To make rig: kubeadm init --config /etc/kubernetes/kubeadm/config.yaml\n" +
        "The kubeadm join commands that it prints cannot work: anonymous requests do not read cluster-info. Join with a discovery file.\n" +
        "applied: 5 files\n",
    );
    assert.equal(statSync(join(rig.node.root, "etc/kubernetes/enc/enc.yaml")).mode & 0o777, 0o600);
    assert.match(await rig.applied(base), /^applied: nothing changed$/);
  });

  it("says that the timers of its files wait for the cluster, and starts none", async () => {
    const path = "/etc/systemd/system/job.timer";
    const change: Wish["change"] = (files) => [...files, { path, mode: "0644", content: "[Timer]\n" }];
    rig.node.write("var/lib/kubelet/systemctl.log", "");
    const { stdout } = await rig.apply({ ...base, change });
    assert.match(
      stdout,
      /\nOnce it runs, start the timers: systemctl start timers\.target\napplied: 1 files\n$/,
    );
    assert.equal(rig.node.file("var/lib/kubelet/systemctl.log"), "daemon-reload\n");
  });
});
