import assert from "node:assert/strict";
import { podSecurityLabels } from "../../components/common/namespaces.js";
import { notYetKnown } from "../../policy/resource.js";
import { checkObject, checkRelease } from "../../policy/rules/namespaces.js";

const namespace = (labels: unknown) => ({ kind: "Namespace", metadata: { name: "a", labels } });
const message = (shown: string) =>
  `label pod-security.kubernetes.io/enforce is ${shown}, so any pod may run as root on the node; ` +
  "only privileged, baseline, restricted are allowed. Set it, as components/common/namespaces.ts does.";

describe("policy: namespaces labelled", () => {
  for (const [labels, shown] of [
    [undefined, "nothing"],
    [{}, "nothing"],
    [{ "pod-security.kubernetes.io/warn": "restricted" }, "nothing"],
    [{ "pod-security.kubernetes.io/enforce": "strict" }, '"strict"'],
  ] as const) {
    it(`refuses a namespace with labels ${JSON.stringify(labels)}`, () => {
      assert.deepEqual(checkObject(namespace(labels)), [message(shown)]);
    });
  }
  for (const level of ["privileged", "baseline", "restricted"] as const) {
    it(`passes our labels for ${level}`, () => {
      assert.deepEqual(checkObject(namespace(podSecurityLabels(level))), []);
    });
  }
  it("passes what is not yet known, and other kinds", () => {
    assert.deepEqual(checkObject(namespace(notYetKnown)), []);
    assert.deepEqual(checkObject(namespace({ "pod-security.kubernetes.io/enforce": notYetKnown })), []);
    assert.deepEqual(checkObject({ kind: "Pod", metadata: { name: "a" } }), []);
    assert.deepEqual(checkObject(undefined), []);
  });

  it("refuses a namespace made by Helm", () => {
    assert.deepEqual(checkRelease({ createNamespace: true }), [
      "createNamespace is true, and Helm makes a namespace without labels; only false is allowed. " +
        "Make the namespace with components/common/namespaces.ts.",
    ]);
    for (const createNamespace of [false, undefined, notYetKnown]) {
      assert.deepEqual(checkRelease({ createNamespace }), []);
    }
  });
});
