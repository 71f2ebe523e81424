import assert from "node:assert/strict";
import { key, Rig, type Wish } from "./rig/rig.js";

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
      new RegExp(`${secrets} secrets are still stored as secretbox:key1, which the settings drop`),
    );
    assert.match(
      await rig.applied(wish, { node: b() }),
      new RegExp(`rewritten ${secrets} of ${secrets} secrets$`),
    );
    assert.deepEqual(await rig.node.stored(), { "secretbox:key2": secrets });
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

  it("rewrites on request, also what was stored with another key meanwhile", async () => {
    const { stdout } = await rig.node.run(["cluster-security-apply", "--rewrite"]);
    assert.equal(stdout, "applied: nothing changed\n");
  });
});
