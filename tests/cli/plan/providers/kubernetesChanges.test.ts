import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { diffInputs } from "../../../../cli/plan/providers/diff.js";
import { kubernetes } from "../../../../cli/plan/providers/kubernetes/index.js";
import { formatPath } from "../../../../cli/plan/providers/paths.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";

const metadata = { name: "x", namespace: "apps" };

interface Case {
  type?: string;
  old: Values;
  new: Values;
  /** Properties that replace. */
  replaces: string[];
  /** Whether the old one goes first. */
  first?: boolean;
  configuration?: Values;
}

const secret = { apiVersion: "v1", kind: "Secret", metadata };
const binding = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata };
const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata };

const cases: Record<string, Case> = {
  "a label": {
    old: { ...secret, metadata: { ...metadata, labels: { a: "1" } } },
    new: { ...secret, metadata: { ...metadata, labels: { a: "2" } } },
    replaces: [],
  },
  "a name": {
    old: secret,
    new: { ...secret, metadata: { ...metadata, name: "y" } },
    replaces: ["metadata.name"],
    first: false,
  },
  "a namespace": {
    old: secret,
    new: { ...secret, metadata: { ...metadata, namespace: "other" } },
    replaces: ["metadata.namespace"],
    first: false,
  },
  "the contents of a Secret, which replace it unless the provider is told otherwise": {
    old: { ...secret, stringData: { a: "1" } },
    new: { ...secret, stringData: { a: "2" } },
    replaces: ["data.a"],
    first: true,
  },
  "the contents of a Secret that may change": {
    old: { ...secret, stringData: { a: "1" } },
    new: { ...secret, stringData: { a: "2" } },
    configuration: { enableSecretMutable: "true" },
    replaces: [],
  },
  "the contents of an immutable Secret": {
    old: { ...secret, immutable: true, data: { a: "1" } },
    new: { ...secret, immutable: true, data: { a: "2" } },
    configuration: { enableSecretMutable: true },
    replaces: ["data.a"],
    first: true,
  },
  "a label of an immutable Secret": {
    old: { ...secret, immutable: true, stringData: { a: "1" } },
    new: {
      ...secret,
      immutable: true,
      stringData: { a: "1" },
      metadata: { ...metadata, labels: { a: "1" } },
    },
    configuration: { enableSecretMutable: true },
    replaces: [],
  },
  "the type of a Secret": {
    old: { ...secret, type: "Opaque" },
    new: { ...secret, type: "kubernetes.io/tls" },
    configuration: { enableSecretMutable: true },
    replaces: ["type"],
    first: true,
  },
  "the contents of a ConfigMap": {
    old: { ...secret, kind: "ConfigMap", data: { a: "1" } },
    new: { ...secret, kind: "ConfigMap", data: { a: "2", b: "3" } },
    replaces: ["data.a", "data.b"],
    first: true,
  },
  "the role of a binding, all of it": {
    old: { ...binding, roleRef: { kind: "Role", name: "a" } },
    new: { ...binding, roleRef: { kind: "Role", name: "b" } },
    replaces: ["roleRef.name"],
    first: true,
  },
  "the selector of a Deployment, but not its replicas": {
    old: { ...deployment, spec: { replicas: 1, selector: { matchLabels: { a: "b" } } } },
    new: { ...deployment, spec: { replicas: 2, selector: { matchLabels: { a: "c" } } } },
    replaces: ["spec.selector.matchLabels.a"],
    first: true,
  },
  "something of which the immutable part is a part": {
    old: { ...deployment },
    new: { ...deployment, spec: { selector: { matchLabels: { a: "c" } } } },
    replaces: ["spec"],
    first: true,
  },
  "a release's values and version": {
    type: "kubernetes:helm.sh/v3:Release",
    old: { name: "x", version: "1.0.0", values: { a: { b: 1 } } },
    new: { name: "x", version: "1.0.1", values: { a: { b: 2 } } },
    replaces: [],
  },
  "a release's name": {
    type: "kubernetes:helm.sh/v3:Release",
    old: { name: "x", namespace: "a" },
    new: { name: "y", namespace: "a" },
    replaces: ["name"],
    first: false,
  },
};

describe("a change of a Kubernetes object", () => {
  for (const [
    what,
    { type = "kubernetes:core/v1:Secret", old, new: next, replaces, first = false, configuration },
  ] of Object.entries(cases)) {
    it(`in ${what}`, () => {
      const standIn = kubernetes({ cache: tmpdir() });
      if (configuration) standIn.configure!(configuration);
      const kind = standIn.kind(type)!;
      const [before, after] = [old, next].map((inputs) => kind.normalize?.(inputs) ?? inputs);
      const olds = { inputs: before!, outputs: before! };
      const { changes, deleteBeforeReplace } = diffInputs(kind, olds, after!);
      assert.ok(changes.length > 0);
      assert.deepEqual(
        changes.filter((change) => change.replaces).map(({ path }) => formatPath(path)),
        replaces,
      );
      assert.equal(deleteBeforeReplace, first);
    });
  }
});
