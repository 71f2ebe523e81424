import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeTarget, findingOf } from "./fakeTarget.js";

describe("Data loss: jobs of the node", () => {
  let root: string;
  const folder = () => join(root, "etc/systemd/system");
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "node-"));
    mkdirSync(join(folder(), "timers.target.wants"), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const add = (timer: string, enabled: boolean) => {
    writeFileSync(join(folder(), timer), "");
    if (enabled) symlinkSync(`../${timer}`, join(folder(), "timers.target.wants", timer));
  };
  const find = (nodeRoot?: string) => findingOf("Data loss", "restic backs up", fakeTarget({}, { nodeRoot }));

  it("are on the node", async () => {
    const finding = await find();
    assert.equal(finding.status, "unchecked");
    assert.match(
      finding.evidence,
      /^restic-k8s-backup\.timer and restic-host-backup\.timer are on the node; run this /,
    );
  });

  it("have not been laid on the node", async () => {
    const finding = await find(root);
    assert.equal(finding.status, "unchecked");
    assert.match(
      finding.evidence,
      /^no restic-k8s-backup\.timer or restic-host-backup\.timer in \/etc\/systemd\/system/,
    );
  });

  it("are there, and wanted by the drop-in of the node files", async () => {
    mkdirSync(join(folder(), "timers.target.d"));
    const dropIn = join(folder(), "timers.target.d/backups.conf");
    writeFileSync(dropIn, "[Unit]\nWants=restic-k8s-backup.timer\nWants=restic-host-backup.timer\n");
    add("restic-k8s-backup.timer", false);
    add("restic-host-backup.timer", false);
    assert.equal((await find(root)).status, "proved");
    writeFileSync(dropIn, "[Unit]\nWants=restic-k8s-backup.timer\n");
    assert.equal((await find(root)).evidence, "restic-host-backup.timer is not enabled");
  });

  it("are there, and enabled", async () => {
    add("restic-k8s-backup.timer", true);
    assert.deepEqual(await find(root), {
      status: "failed",
      evidence: "the node has no restic-host-backup.timer",
    });
    add("restic-host-backup.timer", false);
    assert.deepEqual(await find(root), {
      status: "failed",
      evidence: "restic-host-backup.timer is not enabled",
    });
    rmSync(join(folder(), "restic-host-backup.timer"));
    add("restic-host-backup.timer", true);
    assert.equal((await find(root)).status, "proved");
  });
});
