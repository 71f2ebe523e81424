import assert from "node:assert/strict";
import { openDefinition } from "../../../../cli/lab/apply/definitions.js";
import { newManager, succession } from "../../../../cli/lab/apply/ownership.js";
import type { ClusterConnection } from "../../../../cli/lab/apply/object.js";
import type { OperationContext, Values } from "../../../../cli/plan/providers/standIn.js";
import { limitOf, objectTitle, waitUntilReady } from "../../../../cli/lab/apply/wait.js";

describe("waiting", () => {
  const annotated = (value: string) => ({
    metadata: { annotations: { "pulumi.com/timeoutSeconds": value } },
  });
  const limits: { object: object; timeoutSeconds?: number; seconds: number }[] = [
    { object: { metadata: {} }, seconds: 300 },
    { object: annotated("20"), seconds: 20 },
    { object: annotated("20"), timeoutSeconds: 5, seconds: 5 },
  ];
  for (const { object, timeoutSeconds, seconds } of limits) {
    it(`takes ${seconds} s for ${JSON.stringify(object)} of which the resource says ${timeoutSeconds}`, () =>
      assert.equal(limitOf(object, { timeoutSeconds }), seconds));
  }

  const commands: [object: Values, command: string][] = [
    [
      { apiVersion: "apps/v1", kind: "Deployment" },
      "rollout status deployment.apps/a --namespace b --timeout=300s",
    ],
    [
      { kind: "ConfigMap", annotations: { "pulumi.com/waitFor": "jsonpath={.data.x}" } },
      "wait configmap/a --namespace b --for=jsonpath={.data.x} --timeout=300s",
    ],
    [{ kind: "ResourceQuota" }, ""],
    [{ kind: "Secret", type: "kubernetes.io/service-account-token" }, ""],
  ];
  for (const [{ annotations, ...object }, command] of commands) {
    it(`waits for a ${object["kind"]} with ${command ? `kubectl ${command}` : "nothing"}`, async () => {
      let asked = "";
      const kubectl = (args: string[]) => Promise.resolve((asked = args.join(" ")));
      const wanted = { apiVersion: "v1", ...object, metadata: { name: "a", namespace: "b", annotations } };
      await waitUntilReady({ kubectl } as unknown as ClusterConnection, wanted, {} as OperationContext);
      assert.equal(asked, command);
    });
  }

  it("names objects with and without a namespace", () => {
    assert.equal(objectTitle({ kind: "Secret", metadata: { name: "a", namespace: "b" } }), "Secret b/a");
    assert.equal(objectTitle({ kind: "Namespace", metadata: { name: "a" } }), "Namespace a");
  });
});

describe("a field manager", () => {
  it("is another one every time", () => {
    const managers = [newManager(), newManager()];
    assert.notEqual(managers[0], managers[1]);
    for (const manager of managers) assert.match(manager, /^pulumi-kubernetes-[0-9a-f]{8}$/);
  });

  const entry = (manager: string, operation: string, fieldsV1: Values, subresource?: string) => ({
    ...{ manager, operation, fieldsV1 },
    ...(subresource !== undefined && { subresource }),
  });
  const object = (...managedFields: Values[]) => ({ metadata: { resourceVersion: "7", managedFields } });

  it("has nothing to take over where others have set nothing, or a status alone", () => {
    const own = entry("own", "Apply", { "f:data": {} });
    const others = [entry("argocd", "Update", {}), entry("kubectl", "Update", {}, "status")];
    assert.deepEqual(succession(object(own, ...others), "own"), []);
  });

  it("takes over from the maker of the object, and from kubectl in all its forms, next to what it has", () => {
    const fields = (...names: string[]) => ({
      "f:data": { ".": {}, ...Object.fromEntries(names.map((name) => [`f:${name}`, {}])) },
    });
    const kept = entry("argocd", "Apply", { "f:metadata": {} });
    const own = entry("own", "Apply", fields("a"));
    const old = [
      entry("pulumi-kubernetes", "Update", fields("a", "b")),
      entry("kubectl-patch", "Update", { "f:immutable": {} }),
      entry("before-first-apply", "Update", fields("c")),
    ];
    const merged = { ...fields("a", "b", "c"), "f:immutable": {} };
    for (const first of [[own], []]) {
      assert.deepEqual(succession(object(...old, kept, ...first), "own"), [
        {
          op: "replace",
          path: "/metadata/managedFields",
          value: [kept, entry("own", "Apply", merged)],
        },
        { op: "replace", path: "/metadata/resourceVersion", value: "7" },
      ]);
    }
  });
});

describe("an open definition", () => {
  const names: [kind: string, plural: string][] = [
    ["Schedule", "schedules"],
    ["BackendTLSPolicy", "backendtlspolicies"],
    ["Gateway", "gateways"],
    ["AppProject", "appprojects"],
    ["Ingress", "ingresses"],
    ["Batch", "batches"],
  ];
  for (const [kind, plural] of names) {
    it(`calls several ${kind} ${plural}`, () => {
      const { metadata, spec } = openDefinition({
        apiVersion: "example.org/v1alpha1",
        kind,
        namespaced: true,
      });
      assert.equal(metadata.name, `${plural}.example.org`);
      assert.deepEqual([spec.names.plural, spec.names.kind, spec.scope], [plural, kind, "Namespaced"]);
      assert.equal(spec.versions[0].name, "v1alpha1");
    });
  }

  it("says so where the group is one that only Kubernetes gives away", () => {
    const approved = (apiVersion: string) =>
      openDefinition({ apiVersion, kind: "Gateway", namespaced: false })["metadata"].annotations;
    assert.match(approved("gateway.networking.k8s.io/v1")["api-approved.kubernetes.io"], /^unapproved/);
    assert.equal(approved("example.org/v1"), undefined);
  });
});
