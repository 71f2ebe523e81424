import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeTarget, findingOf } from "./fakeTarget.js";
import { apiServerPod, apiServerPods } from "./pairs/apiActivity.js";
import { atRest } from "./pairs/secretsAtRest.js";

const find = (...[answers, options]: Parameters<typeof fakeTarget>) =>
  findingOf("Secrets at rest", "--encryption-provider-config", fakeTarget(answers, options));

describe("the encryption configuration", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "encryption-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const flag = "--encryption-provider-config=/enc.yaml";
  const settings = {
    "cluster.controlPlaneEndpoint": "api.example.com:6443",
    "cluster.nodes": [
      { name: "a", address: "192.0.2.10" },
      { name: "b", address: "192.0.2.11" },
    ],
  };

  it("is not known by a flag alone", async () => {
    const { status, evidence } = await find(
      apiServerPods(apiServerPod("a", [flag]), apiServerPod("b", [flag])),
      { settings },
    );
    assert.equal(status, "unchecked");
    assert.match(
      evidence,
      /^pod kube-apiserver-a, .*: \/enc\.yaml, but that file was not read; run this on a /,
    );
    assert.deepEqual(
      await find(apiServerPods(apiServerPod("a", [flag]), apiServerPod("b", [])), { settings }),
      {
        status: "failed",
        evidence: "pod kube-apiserver-b: no --encryption-provider-config: Secrets are stored in plain",
      },
    );
  });

  it("has to be read on every node", async () => {
    const scene = await atRest({}, folder);
    scene.close!();
    const { status, evidence } = await find(
      apiServerPods(apiServerPod("a", [flag]), apiServerPod("b", [flag])),
      { ...scene.options, settings },
    );
    assert.equal(status, "unchecked");
    assert.match(evidence, / on this node; compare sha256sum \/enc\.yaml on the 1 others$/);
  });

  it("is named, and not quoted, where it is no YAML", async () => {
    const scene = await atRest({}, folder);
    scene.close!();
    const needle = "c2VjcmV0LW5lZWRsZQ==";
    const file = join(String(scene.options!.nodeRoot), "enc.yaml");
    writeFileSync(file, `resources:\n- secret: "${needle}\n`);
    await assert.rejects(find({}, scene.options), {
      message: "/enc.yaml is no YAML, and the API server goes on with what it read before",
    });
  });

  it("has the key of the settings first", async () => {
    const scene = await atRest({ writes: "key9" }, folder);
    scene.close!();
    const { status, evidence } = await find({}, scene.options);
    assert.equal(status, "failed");
    assert.match(evidence, /^\/enc\.yaml has Secrets written by \w+:key9, not as k8s:enc:/);
  });
});
