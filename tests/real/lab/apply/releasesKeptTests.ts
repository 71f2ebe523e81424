import assert from "node:assert/strict";
import { UnreadyResource } from "../../../../cli/plan/providers/host.js";
import { wanted, type ReleasesLab } from "./releasesLab.js";

/** Releases that Helm does not take back. */
export function keptReleaseTests(lab: ReleasesLab): void {
  it("stay as they are without atomic when an upgrade never becomes ready, and go on by the next try", async () => {
    const made = lab.release("kept");
    const kept = { atomic: false };
    await made.create(wanted("kept", {}, kept));
    const failing = made.update(
      wanted("kept", { greeting: "changed", node: "nowhere" }, { ...kept, timeout: 4 }),
    );
    await assert.rejects(failing, (error: Error) => error instanceof UnreadyResource);
    assert.equal(await lab.greeting("kept"), "changed");
    assert.equal(lab.status("kept")["info"].status, "failed");
    assert.equal(lab.status("kept")["version"], 2, "nothing was rolled back");
    const { status: now } = await made.update(wanted("kept", { greeting: "changed" }, kept));
    assert.deepEqual([now.status, now.revision], ["deployed", 3]);
    await made.delete();
  });

  it("whose upgrade was killed go on without a rollback once Helm has forgotten it", async () => {
    const made = lab.release("forgotten");
    await made.create(wanted("forgotten"));
    const next = wanted("forgotten", { greeting: "changed" });
    const updating = made.update(wanted("forgotten", { greeting: "changed", hookNode: "nowhere" }));
    const failing = assert.rejects(updating, (error: Error) => error instanceof UnreadyResource);
    await lab.killHelmAt("forgotten", "pending-upgrade");
    await failing;
    // It was killed before or after it had changed anything.
    const left = await lab.greeting("forgotten");
    await lab.forget("forgotten", 2);
    assert.equal(await lab.greeting("forgotten"), left);
    assert.equal((await made.update(next))["status"].status, "deployed");
    assert.equal(await lab.greeting("forgotten"), "changed");
    await made.delete();
  });

  it("whose first install was killed are installed again once Helm has forgotten it", async () => {
    const made = lab.release("anew");
    const creating = made.create(wanted("anew", { hookNode: "nowhere" }));
    const failing = assert.rejects(creating, (error: Error) => error instanceof UnreadyResource);
    await lab.killHelmAt("anew", "pending-install");
    await failing;
    await lab.forget("anew", 1);
    const again = lab.release("anew");
    assert.equal((await again.create(wanted("anew")))["status"].status, "deployed");
    await again.delete();
    assert.doesNotMatch(await lab.objects(), /anew/);
  });
}
