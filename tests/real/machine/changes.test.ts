import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Settings } from "../../../stacks/settings/index.js";
import { apply } from "../../../cli/lab/node/cluster.js";
import type { RealNode } from "../../../cli/lab/node/realNode.js";
import { broken, takenBack } from "./changes/broken.js";
import type { Files } from "./changes/files.js";
import { taken, type ControlPlane } from "./changes/taken.js";
import { plainCluster } from "./plainCluster.js";
import { assertStayed, ChangingNode, print } from "./running.js";
import { changedBundle, demandNode, nodeSettings } from "./world.js";

describe("a change of a real node", () => {
  let parent: string;
  let real: RealNode;
  let node: ChangingNode;
  let settings: Settings;
  /** Changes of the files that are in effect. */
  const inEffect: Files[] = [];
  /** The node files with one more change. */
  const bundle = (last: Files = (files) => files, of = settings): Promise<Buffer> =>
    changedBundle(of, (files) => [...inEffect, last].reduce((all, change) => change(all), files));
  const changed = (change: (controlPlane: ControlPlane) => ControlPlane): Settings => ({
    ...settings,
    controlPlane: change(settings.controlPlane),
  });

  before(async function () {
    demandNode(this);
    parent = mkdtempSync(join(tmpdir(), "cluster-security-changes-"));
    settings = await nodeSettings("lab");
    ({ node: real } = await plainCluster({ settings, folder: join(parent, "node") }));
    const { name, address } = settings.cluster.nodes[0]!;
    node = new ChangingNode(real, name, address);
    await node.sh("kubectl create secret generic needle --from-literal=key=hay");
    await node.sh("kubectl create configmap thread --from-literal=key=value");
  });
  after(async () => {
    await real?.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  for (const { what, settings: change, files, says, away, effect } of taken) {
    it(`takes effect: ${what}`, async () => {
      if (change) settings = changed(change);
      if (files) inEffect.push(files);
      const applied = await node.apply(what, await bundle());
      assert.match(String(applied.result), says);
      if (!away) assertStayed(applied.away);
      await effect(node);
    });
  }

  it("leaves nothing to do for a second run", async () => {
    assert.equal(await apply(real, node.name, await bundle()), "applied: nothing changed");
  });

  it("leaves manifests that an upgrade by kubeadm keeps, without a restart", async () => {
    const components = "etcd kube-apiserver kube-controller-manager kube-scheduler kubelet";
    const now = () => node.sh(`cat /etc/kubernetes/manifests/*; pidof ${components}`);
    const before = await now();
    await real.run(["kubeadm", "upgrade", "node", "--ignore-preflight-errors=SystemVerification"]);
    assert.deepEqual(await now(), before);
  });

  for (const [what, files, component, reason, change] of broken) {
    it(`is refused while everything goes on: ${what}`, async () => {
      const said = `${component} does not start with its new flags and files; nothing was changed\\. It says:\\n`;
      const wanted = await bundle(files, change && changed(change));
      await node.refuses(what, wanted, new RegExp(said + `(.*\\n)*?.*${reason.source}`));
    });
  }

  for (const [what, files, component, reason] of takenBack) {
    it(`is taken back: ${what}`, async () => {
      const before = await node.settled();
      const { result } = await node.apply(what, await bundle(files));
      assert.ok(typeof result === "object", `it was applied: ${String(result)}`);
      print(result.stderr.trim().split("\n").join("\n      "));
      assert.match(
        result.stderr,
        new RegExp(`${component} ended three times with its new .*\\n(.*\\n)*?.*${reason.source}`),
      );
      assert.match(
        result.stderr,
        /everything is as it was\. .* run again: cluster-security-apply --node musashi <BUNDLE\n$/,
      );
      assert.equal(await node.settled(), before);
      assert.equal(await apply(real, node.name, await bundle()), "applied: nothing changed");
    });
  }
});
