import assert from "node:assert/strict";
import { Addon } from "../../../components/common/addon.js";
import { chartNames } from "../../../components/common/charts.js";
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
      atomic: false,
      chart: "cilium",
      compat: "true",
      createNamespace: false,
      name: "cilium",
      namespace: "kube-system",
      repositoryOpts: { repo: "https://helm.cilium.io" },
      timeout: 1800,
      values: { a: 1 },
      version: "1.20.0",
    });
    assert.deepEqual(run.one("cluster-security:addon:Addon").outputs, { releaseName: "cilium" });
  });

  it("names no repository for a chart kept as an OCI artifact", async () => {
    const run = await capture(
      () => new Addon("cm", { chart: "cert-manager", chartVersion: "v1.21.0", namespace: "x", values: {} }),
    );
    const { inputs } = run.one("kubernetes:helm.sh/v3:Release");
    assert.equal(inputs["repositoryOpts"], undefined);
    assert.equal(inputs["chart"], "oci://quay.io/jetstack/charts/cert-manager");
    assert.equal(inputs["version"], "v1.21.0");
  });

  it("is taken back by Helm where it fails, but for the network of every pod", async () => {
    const run = await capture(() => {
      for (const chart of chartNames) new Addon(chart, { chart, namespace: "x", values: {} });
    });
    const releases = run.resources.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
    assert.equal(releases.length, chartNames.length);
    for (const { inputs } of releases) {
      assert.equal(inputs["atomic"], inputs["name"] !== "cilium", inputs["name"]);
      assert.deepEqual([inputs["cleanupOnFail"], inputs["skipAwait"]], [undefined, undefined]);
    }
  });

  it("has the time limit that is given", async () => {
    const run = await capture(
      () => new Addon("velero", { chart: "velero", namespace: "x", values: {}, timeoutSeconds: 61 }),
    );
    assert.equal(run.one("kubernetes:helm.sh/v3:Release").inputs["timeout"], 61);
  });

  it("registers the same resources with known and unknown values", async () => {
    const program = () => new Addon("cilium", { chart: "cilium", namespace: "kube-system", values: {} });
    assert.deepEqual((await capture(program, { preview: true })).shape(), (await capture(program)).shape());
  });
});
