import assert from "node:assert/strict";
import { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { Dashboard, dashboardConfigMap } from "../../../components/monitoring/dashboard.js";
import { capture } from "../../kit/capture.js";

const args = {
  namespace: "monitoring",
  configMapName: "dashboard-of-something",
  dashboard: new DashboardBuilder("Something").uid("something").build(),
};

describe("a dashboard", () => {
  it("is one ConfigMap with the label Grafana's sidecar looks for", async () => {
    const run = await capture(() => new Dashboard("something", args));
    const { inputs, parent } = run.one("kubernetes:core/v1:ConfigMap", "something-config-map");
    assert.equal(parent, "something");
    assert.equal(inputs["metadata"].namespace, "monitoring");
    assert.equal(inputs["metadata"].name, "dashboard-of-something");
    assert.equal(inputs["metadata"].labels.grafana_dashboard, "1");
    assert.deepEqual(Object.keys(inputs["data"]), ["dashboard-of-something.json"]);
    const shown = JSON.parse(inputs["data"]["dashboard-of-something.json"]);
    assert.deepEqual([shown.uid, shown.title], ["something", "Something"]);
    assert.deepEqual(run.one("cluster-security:monitoring:Dashboard").outputs, {
      configMapName: "dashboard-of-something",
    });
  });

  it("has the same text every time", () => {
    assert.deepEqual(dashboardConfigMap(args), dashboardConfigMap(structuredClone(args)));
  });
});
