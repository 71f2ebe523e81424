import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Rig } from "./rig/rig.js";
import { key, type Wish } from "./rig/wish.js";

describe("cluster-security-apply on several nodes", () => {
  let rig: Rig;
  const secrets = 40;
  before(async () => {
    rig = await Rig.of({
      nodes: [
        { name: "a", address: "10.0.0.1" },
        { name: "b", address: "10.0.0.2" },
      ],
    });
    await rig.node.sh(
      `for i in $(seq ${secrets}); do printf '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s%s","namespace":"default"},"stringData":{"a":"b"}}\\n' $i; done | ` +
        "kubectl --kubeconfig /etc/kubernetes/admin.conf create -f - >/dev/null",
    );
  });
  after(() => rig.stop());
  const b = () => rig.nodes[1]!;
  const read = (node = rig.node) =>
    node.sh("kubectl --kubeconfig /etc/kubernetes/super-admin.conf get secrets -n default -o name | wc -l");

  for (const [what, nodes] of [
    ["is not in the settings", [{ name: "a", address: "10.0.0.1" }]],
    [
      "has another name in the settings",
      [
        { name: "a", address: "10.0.0.1" },
        { name: "bb", address: "10.0.0.2" },
      ],
    ],
  ] as const) {
    it(`refuses everything while a control-plane node ${what}`, async () => {
      const { status, stderr } = await rig.apply({ identityFallback: true, nodes: [...nodes] });
      assert.equal(status, 1);
      assert.equal(
        stderr,
        "cluster-security-apply: control-plane node b (10.0.0.2) is in the cluster and not in the settings. Add it to cluster.nodes, or take it out of the cluster (kubeadm reset there, then kubectl delete node); nothing was changed\n",
      );
      assert.deepEqual(await rig.node.stored(), { plain: secrets });
    });
  }

  it("does not put a key first that another API server cannot read, with or without encryption so far", async () => {
    const { status, stderr } = await rig.apply({ identityFallback: true });
    assert.equal(status, 1);
    assert.equal(
      stderr,
      "cluster-security-apply: secrets will be stored as secretbox:key1, too early: the API server of b (10.0.0.2) has other keys. Apply with --prepare on every control-plane node first; nothing was changed\n",
    );
  });

  /** Prepares every node, then applies on every node; gives the last lines. */
  async function everywhere(wish: Wish): Promise<string[]> {
    const lines: string[] = [];
    for (const node of rig.nodes) await rig.applied(wish, { node, args: ["--prepare"] });
    for (const node of rig.nodes) {
      lines.push(await rig.applied(wish, { node }));
      for (const reader of rig.nodes) assert.equal((await read(reader)).trim(), String(secrets), reader.name);
    }
    return lines;
  }

  it("turns encryption on once every node is prepared, and rewrites with the last one", async () => {
    const lines = await everywhere({ identityFallback: true });
    assert.deepEqual(
      lines,
      [
        "applied: keys loaded: plain text, secretbox:key1; secrets will be stored as secretbox:key1",
        `applied: keys loaded: plain text, secretbox:key1; secrets will be stored as secretbox:key1; rewritten ${secrets} of ${secrets} secrets`,
      ].map((line) => line.replace(/keys loaded: [^;]*; /, "")),
    );
    assert.deepEqual(await rig.node.stored(), { "secretbox:key1": secrets });
  });

  it("takes a new key in one change of settings, and refuses to drop the old one while a node writes with it", async () => {
    const wish = { keys: [key("key2"), key("key1")] };
    for (const node of rig.nodes) await rig.applied(wish, { node, args: ["--prepare"] });
    await rig.applied(wish);
    // Node b still writes with key1, so that nothing is rewritten yet.
    assert.deepEqual(await rig.node.stored(), { "secretbox:key1": secrets });
    const early = await rig.apply({ keys: [key("key2")] });
    assert.equal(early.status, 1);
    assert.match(
      early.stderr,
      new RegExp(
        `${secrets} secrets are still stored as secretbox:key1, which the settings drop\\. cluster-security-apply --rewrite on this node rewrites them; drop it after that; nothing was changed\\n$`,
      ),
    );
  });

  it("says what is left to do when the API server is away for a moment at the end, and rewrites on request", async () => {
    const wish = { keys: [key("key2"), key("key1")] };
    const unwrap = b().wrap(
      "kubectl",
      `case " $* " in
  *" get nodes "*)
    if [ ! -e /var/lib/cluster-security/unfinished ] && grep -q '^ *- name: key2' /etc/kubernetes/enc/enc.yaml; then
      echo "connection refused" >&2
      exit 1
    fi ;;
esac
exec "$PROGRAM" "$@"`,
    );
    try {
      const { status, stdout, stderr } = await rig.apply(wish, { node: b() });
      assert.equal(status, 1);
      assert.match(stdout, /\n-- done\n$/);
      assert.equal(
        stderr,
        "cluster-security-apply: which control-plane nodes have joined is unknown: connection refused; everything is applied, but what other keys have stored is not rewritten. Run again, or cluster-security-apply --rewrite\n",
      );
    } finally {
      unwrap();
    }
    assert.deepEqual(await rig.node.stored(), { "secretbox:key1": secrets });
    const rewritten = await b().run(["cluster-security-apply", "--rewrite"]);
    assert.equal(
      rewritten.stdout,
      `-- rewriting ${secrets} secrets that are not stored as secretbox:key2\n   rewritten ${secrets} of ${secrets} secrets\napplied: rewritten ${secrets} of ${secrets} secrets\n`,
    );
    assert.deepEqual(await rig.node.stored(), { "secretbox:key2": secrets });
    assert.equal(
      (await rig.node.run(["cluster-security-apply", "--rewrite"])).stdout,
      "applied: nothing changed\n",
    );
    for (const node of rig.nodes) await rig.applied({ keys: [key("key2")] }, { node });
  });

  it("says so when an API server does not answer", async () => {
    await b().sh(
      "mkdir -p /var/lib/kubelet/away && mv /etc/kubernetes/manifests/kube-apiserver.yaml /var/lib/kubelet/away/",
    );
    await b().sh("while pidof kube-apiserver >/dev/null; do sleep 0.1; done");
    const { status, stderr } = await rig.apply({ keys: [key("key3"), key("key2")] });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /the API server of b \(10\.0\.0\.2\) does not answer, so nobody knows what it reads; nothing was changed\n$/,
    );
    await b().sh("mv /var/lib/kubelet/away/kube-apiserver.yaml /etc/kubernetes/manifests/");
    await rig.ready(b());
  });

  it("fails on the last node when another API server cannot be asked, as no node comes after it", async () => {
    await rig.node.sh("mv /etc/kubernetes/manifests/kube-apiserver.yaml /var/lib/kubelet/");
    await rig.node.sh("while pidof kube-apiserver >/dev/null; do sleep 0.1; done");
    const { status, stdout, stderr } = await rig.apply({ keys: [key("key2")], maxBackups: 9 }, { node: b() });
    assert.equal(status, 1);
    assert.match(stdout, /\n-- done\n$/);
    assert.equal(
      stderr,
      "cluster-security-apply: the API server of a (10.0.0.1) does not answer, so nobody knows what it writes with; everything is applied, but what other keys have stored is not rewritten. Run again, or cluster-security-apply --rewrite\n",
    );
    await rig.node.sh("mv /var/lib/kubelet/kube-apiserver.yaml /etc/kubernetes/manifests/");
    await rig.ready();
    assert.equal(
      await rig.applied({ keys: [key("key2")], maxBackups: 9 }, { node: b() }),
      "applied: nothing changed",
    );
  });

  it("does not work on two nodes at once, nor for ever wait for one that is gone", async () => {
    const wish = { keys: [key("key2")], maxBackups: 8 };
    const now = Math.floor(Date.now() / 1000);
    await rig.node.makeLease(now + 600);
    const early = await rig.apply(wish);
    assert.equal(early.status, 1);
    assert.match(
      early.stderr,
      /^cluster-security-apply: a run is at work on b\. If it has ended without a word: kubectl delete lease --namespace kube-system cluster-security-apply\. It ends by itself at \d\d:\d\d:\d\dZ; nothing was changed\n$/,
    );
    const free =
      "kubectl --kubeconfig=/etc/kubernetes/super-admin.conf -n kube-system delete lease cluster-security-apply";
    await rig.node.sh(free);
    await rig.node.makeLease(now - 1);
    const results = await Promise.all([
      rig.apply(wish),
      sleep(2000).then(() => rig.apply(wish, { node: b() })),
    ]);
    assert.equal(results[0].status, 0, results[0].stderr);
    assert.equal(results[1].status, 1);
    assert.match(results[1].stderr, /a run is at work on a\. .*; nothing was changed\n$/);
    assert.match(await rig.applied(wish, { node: b() }), /kube-apiserver restarted$/);
    const left = ["-n", "kube-system", "get", "lease", "cluster-security-apply", "--ignore-not-found"];
    assert.equal(await rig.node.kubectl(...left), "");
  });

  it("puts the second node back when it fails there, and leaves the first as it was changed", async () => {
    const wish: Wish = {
      keys: [key("key2")],
      secretsLevel: "RequestResponse",
      change: (files) =>
        files.map((file) =>
          file.path.includes("audit/policy")
            ? { ...file, content: file.content.replace("level: RequestResponse", "level: Everything") }
            : file,
        ),
    };
    const laid = (node = rig.node) => [
      node.file("etc/kubernetes/manifests/kube-apiserver.yaml"),
      node.file("etc/kubernetes/kubeadm/config.yaml"),
    ];
    const before = laid(b());
    assert.match(
      await rig.applied({ ...wish, change: undefined }),
      /^applied: 2 files; ConfigMap kubeadm-config; kube-apiserver restarted; \S+\/policy-\S+ removed$/,
    );
    const first = laid();
    const { status, stderr } = await rig.apply(wish, { node: b() });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /kube-apiserver does not start with its new flags and files; nothing was changed\. It says:\n.*Everything/,
    );
    assert.deepEqual(laid(b()), before);
    assert.deepEqual(laid(), first);
    for (const node of rig.nodes) assert.equal((await read(node)).trim(), String(secrets), node.name);
    assert.match(
      await rig.applied({ ...wish, change: undefined }, { node: b() }),
      /^applied: 2 files; kube-apiserver restarted; \S+\/policy-\S+ removed$/,
    );
  });
});
