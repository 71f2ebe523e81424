import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Rig } from "./rig/rig.js";
import type { Wish } from "./rig/wish.js";

describe("cluster-security-apply killed at every step", () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.of();
    await rig.applied({ identityFallback: true });
  });
  after(() => rig.stop());

  /**
   * Applies one wish after the other, each killed one step further on, and then again; ends when a run gets to its end
   * before it is killed.
   *
   * @returns The steps that were said before each kill.
   */
  async function killedEverywhere(wishes: [Wish, Wish]): Promise<string[]> {
    const said: string[] = [];
    for (let at = 1; ; at++) {
      const wish = wishes[at % 2]!;
      const killed = await rig.apply(wish, { env: { CLUSTER_SECURITY_KILL_AT: String(at) } });
      if (killed.signal === null && killed.status === 0) return said;
      assert.ok(killed.signal === "SIGKILL" || killed.status === 137, `${killed.status}: ${killed.stderr}`);
      said.push(killed.stdout.trimEnd().split("\n").at(-1)!);
      assert.match(await rig.applied(wish), /^applied: /, `run again after step ${at}`);
      const state = readdirSync(join(rig.node.root, "var/lib/cluster-security")).sort();
      assert.deepEqual(state, ["backups", "files", "lock"]);
    }
  }

  it("while flags and the audit policy change", async () => {
    const steps = await killedEverywhere([
      { identityFallback: true },
      { identityFallback: true, secretsLevel: "RequestResponse" },
    ]);
    assert.deepEqual(
      steps.map((step) => step.replace(/:.*/, "")),
      [
        "-- backup of etcd and /etc/kubernetes",
        "-- files",
        "-- ConfigMaps",
        "-- kube-apiserver",
        "-- waiting for kube-apiserver",
        "-- probe",
        "-- done",
      ],
    );
  });
});
