import assert from "node:assert/strict";
import {
  Reloader,
  reloadAnnotation,
  reloaderRules,
  reloaderValues,
} from "../../../components/common/reloader.js";
import { capture } from "../../kit/capture.js";
import { assertKnownValues } from "../../kit/chartValues.js";

const program = () =>
  new Reloader("reloader-harbor", {
    namespace: "harbor",
    deployments: ["harbor-nginx"],
    chartVersion: "2.2.13",
  });

describe("Reloader", () => {
  it("is one release that watches its own namespace, with rights of our own", async () => {
    const run = await capture(program);
    const { inputs, name } = run.one("kubernetes:helm.sh/v3:Release");
    assert.equal(name, "reloader-harbor-chart-release");
    assert.equal(inputs["name"], "reloader");
    assert.equal(inputs["namespace"], "harbor");
    assert.equal(inputs["version"], "2.2.13");
    assert.deepEqual(inputs["values"], reloaderValues());

    const role = run.one("kubernetes:rbac.authorization.k8s.io/v1:Role");
    assert.equal(role.name, "reloader-harbor-role");
    assert.equal(role.parent, "reloader-harbor");
    assert.deepEqual(role.inputs["metadata"], { name: "reloader", namespace: "harbor" });
    assert.deepEqual(role.inputs["rules"], reloaderRules({ deployments: ["harbor-nginx"] }));

    const binding = run.one("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding");
    assert.equal(binding.name, "reloader-harbor-binding");
    assert.deepEqual(binding.inputs["metadata"], { name: "reloader", namespace: "harbor" });
    assert.deepEqual(binding.inputs["roleRef"], {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "Role",
      name: "reloader",
    });
    assert.deepEqual(binding.inputs["subjects"], [
      { kind: "ServiceAccount", name: "reloader", namespace: "harbor" },
    ]);
    assert.deepEqual(run.one("cluster-security:addon:Addon").dependencies, ["reloader-harbor-binding"]);
    assert.deepEqual(run.one("cluster-security:reloader:Reloader").outputs, { releaseName: "reloader" });
  });

  it("runs as the ServiceAccount that the binding names, without the chart's own rights", () => {
    const { fullnameOverride, reloader } = reloaderValues() as any;
    assert.equal(fullnameOverride, "reloader");
    assert.deepEqual([reloader.watchGlobally, reloader.rbac.enabled], [false, false]);
    assert.equal(reloader.reloadStrategy, "annotations");
  });

  it("passes the pod-security level restricted", () => {
    const { reloader } = reloaderValues() as any;
    assert.deepEqual(reloader.deployment.containerSecurityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("may change the named workloads and nothing else", () => {
    const rules = reloaderRules({ deployments: ["b", "a"], daemonSets: ["node-agent"], statefulSets: [] });
    const changing = rules.filter(({ verbs }) =>
      verbs.some((verb) => !["get", "list", "watch"].includes(verb)),
    );
    assert.deepEqual(changing, [
      { apiGroups: ["apps"], resources: ["daemonsets"], resourceNames: ["node-agent"], verbs: ["patch"] },
      { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["a", "b"], verbs: ["patch"] },
      { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
    ]);
  });

  it("may read Secrets and workloads, no ConfigMaps and no Jobs", () => {
    const reading = reloaderRules({}).filter(({ verbs }) => verbs.includes("list"));
    assert.deepEqual(
      reading.map(({ resources }) => resources),
      [["secrets"], ["daemonsets", "deployments", "statefulsets"]],
    );
    const { reloader } = reloaderValues() as any;
    assert.deepEqual(
      [reloader.ignoreConfigMaps, reloader.ignoreJobs, reloader.ignoreCronJobs],
      [true, true, true],
    );
  });

  it("names Secrets in one annotation, in a fixed order", () => {
    assert.deepEqual(reloadAnnotation("b", "a"), { "secret.reloader.stakater.com/reload": "a,b" });
  });

  it("sets nothing that the chart does not have", function () {
    assertKnownValues(this, "reloader", reloaderValues());
  });

  it("registers the same resources with known and unknown values", async () => {
    assert.deepEqual((await capture(program, { preview: true })).shape(), (await capture(program)).shape());
  });
});
