import assert from "node:assert/strict";
import { Auditor, auditorRole, auditorRules } from "../../../components/access/auditor.js";
import { capture } from "../../kit/capture.js";

describe("Auditor", () => {
  it("reads, and nothing else", () => {
    for (const { verbs } of auditorRules()) assert.deepEqual(verbs, ["get", "list", "watch"]);
  });

  it("names what it reads where a wildcard would reach a secret", () => {
    const core = auditorRules().find(({ apiGroups }) => apiGroups.includes(""))!;
    for (const closed of [
      "*",
      "secrets",
      "configmaps",
      "pods/log",
      "pods/exec",
      "pods/proxy",
      "nodes/proxy",
    ]) {
      assert.equal(core.resources.includes(closed), false, closed);
    }
    assert.ok(auditorRules().every(({ apiGroups }) => !apiGroups.includes("*")));
  });

  it("is bound to nobody by itself", async () => {
    const captured = await capture(() => new Auditor("auditor"));
    assert.deepEqual(captured.shape(), [
      "cluster-security:access:Auditor auditor",
      "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole auditor-role",
    ]);
  });

  it("is bound to each subject as its kind is written", async () => {
    const subjects = [
      { kind: "Group", name: "auditors" },
      { kind: "ServiceAccount", name: "reporter", namespace: "apps" },
    ];
    const captured = await capture(() => new Auditor("auditor", { subjects }));
    const { inputs } = captured.one("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding");
    assert.deepEqual(inputs["roleRef"], {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: auditorRole,
    });
    assert.deepEqual(inputs["subjects"], [
      { kind: "Group", name: "auditors", apiGroup: "rbac.authorization.k8s.io" },
      { kind: "ServiceAccount", name: "reporter", namespace: "apps" },
    ]);
  });
});
