import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { NamespaceGuards, type NamespaceGuardsArgs } from "../../../components/access/namespaceGuards.js";
import { capture } from "../../kit/capture.js";

const core = "kubernetes:core/v1";
const args: NamespaceGuardsArgs = {
  owned: { velero: pulumi.output("velero") },
  others: ["backstage", "n8n"],
  guards: {
    backstage: {
      podSecurity: "restricted",
      quota: { "requests.memory": "2Gi", pods: "10" },
      limits: { default: { memory: "256Mi" }, max: { memory: "1Gi" } },
    },
  },
};
const made = (preview = false) => capture(() => new NamespaceGuards("guards", args), { preview });

describe("NamespaceGuards", () => {
  it("takes the token from the default ServiceAccount of every namespace", async () => {
    const patches = (await made()).ofType(`${core}:ServiceAccountPatch`);
    assert.deepEqual(
      patches
        .map(({ inputs }) => [
          inputs["metadata"].namespace,
          inputs["metadata"].name,
          inputs["automountServiceAccountToken"],
        ])
        .sort(),
      ["backstage", "n8n", "velero"].map((namespace) => [namespace, "default", false]),
    );
  });

  it("makes sure of namespaces of others, and owns none of them", async () => {
    const captured = await made();
    assert.deepEqual(captured.ofType(`${core}:Namespace`), []);
    const metadata = ["backstage", "n8n"].map(
      (name) => captured.one(`${core}:NamespacePatch`, `guards-${name}`).inputs["metadata"],
    );
    assert.deepEqual(metadata, [
      {
        name: "backstage",
        annotations: { "pulumi.com/patchForce": "true" },
        labels: {
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/audit": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
      },
      { name: "n8n", annotations: { "pulumi.com/patchForce": "true" } },
    ]);
  });

  it("limits what the settings limit, in a namespace that is there", async () => {
    const captured = await made();
    const quota = captured.one(`${core}:ResourceQuota`);
    assert.equal(quota.name, "guards-backstage-quota");
    assert.deepEqual(quota.inputs["spec"], { hard: { "requests.memory": "2Gi", pods: "10" } });
    assert.ok(quota.dependencies.includes("guards-backstage"));
    const limits = captured.one(`${core}:LimitRange`);
    assert.deepEqual(limits.inputs["spec"], {
      limits: [{ type: "Container", default: { memory: "256Mi" }, max: { memory: "1Gi" } }],
    });
  });

  it("registers the same with known and unknown values", async () => {
    assert.deepEqual((await made(true)).shape(), (await made()).shape());
  });
});
