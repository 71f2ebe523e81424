import assert from "node:assert/strict";
import { Addon } from "../../../components/common/addon.js";
import { capture } from "../../kit/capture.js";

describe("Addon", () => {
  it("registers one release at the exact version of the table, from the chart's own repository", async () => {
    const run = await capture(
      () => new Addon("cilium", { chart: "cilium", namespace: "kube-system", values: { a: 1 } }),
    );
    const release = run.one("kubernetes:helm.sh/v3:Release");
    assert.equal(release.name, "cilium-release");
    assert.equal(release.parent, "cilium");
    assert.deepEqual(release.inputs, {
      atomic: true,
      chart: "cilium",
      compat: "true",
      createNamespace: false,
      name: "cilium",
      namespace: "kube-system",
      repositoryOpts: { repo: "https://helm.cilium.io" },
      timeout: 600,
      values: { a: 1 },
      version: "1.20.0",
    });
    assert.deepEqual(run.one("cluster-security:addon:Addon").outputs, { releaseName: "cilium" });
  });

  it("names no repository for a chart kept as an OCI artifact", async () => {
    const run = await capture(
      () => new Addon("cm", { chart: "cert-manager", version: "v1.21.0", namespace: "x", values: {} }),
    );
    const { inputs } = run.one("kubernetes:helm.sh/v3:Release");
    assert.equal(inputs["repositoryOpts"], undefined);
    assert.equal(inputs["chart"], "oci://quay.io/jetstack/charts/cert-manager");
    assert.equal(inputs["version"], "v1.21.0");
  });

  it("registers the same resources with known and unknown values", async () => {
    const program = () => new Addon("cilium", { chart: "cilium", namespace: "kube-system", values: {} });
    assert.deepEqual((await capture(program, { preview: true })).shape(), (await capture(program)).shape());
  });
});
