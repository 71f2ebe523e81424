import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { Sandbox } from "../../docs/sandbox.js";

describe("the plan of changed node files", () => {
  let sandbox: Sandbox;
  before(async function () {
    sandbox = await Sandbox.of(this, ["pulumi"]);
  });
  after(() => sandbox.remove());

  it("shows what changes in which file, and of keys only that they do", async () => {
    const file = join(sandbox.checkout, "Pulumi.lab.yaml");
    const settings = parseDocument(readFileSync(file, "utf8"));
    const controlPlane = ["config", "cluster-security:controlPlane"];
    settings.setIn([...controlPlane, "audit", "maxAgeDays"], 31);
    settings.setIn([...controlPlane, "encryption", "identityFallback"], false);
    writeFileSync(file, String(settings));
    const { stdout } = await sandbox.run("npm run --silent plan -- --stack lab --base HEAD");
    const lines = stdout.split("\n").map((line) => line.replace(/^[ │├└─]+/, ""));
    const at = lines.findIndex((line) => line.startsWith("~ node-files-record "));
    assert.ok(at > 0, stdout);
    assert.deepEqual(lines.slice(at + 1, at + 3), [
      '~ publicFiles["musashi:/etc/kubernetes/kubeadm/config.yaml"]:       value: "30" →       value: "31"',
      '~ secretFiles["/etc/kubernetes/enc/enc.yaml"]: [generated] → [generated]',
    ]);
    assert.match(stdout, /: 0 to create, 1 to update, 0 to replace, 0 to delete, /);
  });
});
