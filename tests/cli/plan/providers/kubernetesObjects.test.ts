import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { policySpec } from "../../../../components/backups/unsealedSecrets.js";
import { kubernetes } from "../../../../cli/plan/providers/kubernetes/index.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { unknown } from "../../../../cli/plan/providers/values.js";
import { check, configMap, issuer } from "./checkedObjects.js";

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "x" },
  spec: {
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "a:1" }] } },
  },
};
const policy = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "BackendTLSPolicy",
  metadata: { name: "x" },
  spec: {
    targetRefs: [{ group: "", kind: "Service", name: "harbor", sectionName: "https" }],
    validation: { hostname: "harbor.example.org", wellKnownCACertificates: "System" },
  },
};
const mutatingPolicy = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingAdmissionPolicy",
  metadata: { name: "x" },
  spec: policySpec(),
};
const ciliumPolicy = {
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  metadata: { name: "x", namespace: "x" },
  spec: {
    endpointSelector: {},
    enableDefaultDeny: { ingress: false, egress: false },
    egress: [{ toFQDNs: [{ matchName: "example.org" }] }],
  },
};
const project = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name: "x" },
  spec: { description: "A project", clusterResourceWhitelist: [{ group: "", kind: "Namespace", name: "x" }] },
};

describe("Kubernetes objects", () => {
  const cases: Record<string, { object: Values; lines: string[] }> = {
    "a ConfigMap": { object: { ...configMap, data: { a: "b" } }, lines: [] },
    "a Deployment": { object: deployment, lines: [] },
    "properties that came after the models": { object: project, lines: [] },
    "a misspelt property": {
      object: { ...configMap, metadata: { name: "x", lables: {} }, dat: { a: "b" } },
      lines: [
        "dat: is no property that kubernetes-models knows",
        "metadata.lables: is no property that kubernetes-models knows",
      ],
    },
    "a misspelt property deep inside": {
      object: {
        ...deployment,
        spec: {
          ...deployment.spec,
          template: {
            ...deployment.spec.template,
            spec: { containers: [{ name: "a", image: "a:1", imagePulPolicy: "Always" }] },
          },
        },
      },
      lines: ["spec.template.spec.containers[0].imagePulPolicy: is no property that kubernetes-models knows"],
    },
    "a value of a wrong type": {
      object: { ...configMap, data: { a: 1 } },
      lines: ["data.a: must be string"],
    },
    "a missing property": {
      object: { ...deployment, spec: { template: deployment.spec.template } },
      lines: ["spec.selector: is required"],
    },
    "an issuer without the Secret of its account": {
      object: { ...issuer, spec: { acme: { server: "https://acme.example.org/directory", solvers: [] } } },
      lines: ["spec.acme.privateKeySecretRef: is required"],
    },
    "a misspelt property of a custom resource": {
      object: { ...issuer, spec: { selfsigned: {} } },
      lines: ["spec.selfsigned: is no property that @kubernetes-models/cert-manager knows"],
    },
    "a kind nobody knows": {
      object: { apiVersion: "example.org/v1", kind: "Thing", metadata: { name: "x" } },
      lines: [
        "kind: no schema is known for example.org/v1 Thing; pass a folder with its CustomResourceDefinition (--crds), " +
          "or add a schema in cli/plan/providers/kubernetes/own/",
      ],
    },
    "a part of an object, which is no object": {
      object: { apiVersion: "v1", kind: "Container", metadata: { name: "x" } },
      lines: [
        "kind: no schema is known for v1 Container; pass a folder with its CustomResourceDefinition (--crds), " +
          "or add a schema in cli/plan/providers/kubernetes/own/",
      ],
    },
    "a CiliumNetworkPolicy": { object: ciliumPolicy, lines: [] },
    "a CiliumNetworkPolicy with an empty list and a misspelt property": {
      object: { ...ciliumPolicy, spec: { ...ciliumPolicy.spec, ingress: [], egres: [] } },
      lines: ["spec.ingress: must have at least 1 items", "spec.egres: is no known property"],
    },
    "a BackendTLSPolicy": { object: policy, lines: [] },
    "a misspelt property of a BackendTLSPolicy": {
      object: { ...policy, spec: { ...policy.spec, validation: { hostname: "h", caCertificateRef: [] } } },
      lines: [
        "spec.validation.caCertificateRef: is no known property",
        "spec.validation: must have either caCertificateRefs or wellKnownCACertificates",
      ],
    },
    "a BackendTLSPolicy without certificates": {
      object: { ...policy, spec: { ...policy.spec, validation: { hostname: "h" } } },
      lines: ["spec.validation: must have either caCertificateRefs or wellKnownCACertificates"],
    },
    "a BackendTLSPolicy of nothing": {
      object: { ...policy, spec: { targetRefs: [], validation: { wellKnownCACertificates: "Mozilla" } } },
      lines: [
        "spec.targetRefs: must have at least 1 items",
        "spec.validation.hostname: is required",
        "spec.validation.wellKnownCACertificates: must be one of System",
      ],
    },
    "a MutatingAdmissionPolicy": { object: mutatingPolicy, lines: [] },
    "a misspelt property of a MutatingAdmissionPolicy, and one that belongs to another patch": {
      object: {
        ...mutatingPolicy,
        spec: {
          ...policySpec(),
          reinvocationPolicy: "Always",
          matchCondition: [],
          mutations: [{ patchType: "JSONPatch", applyConfiguration: { expression: "Object{}" } }],
        },
      },
      lines: [
        "spec.mutations[0].jsonPatch: is required",
        "spec.mutations[0].applyConfiguration: is no known property",
        "spec.reinvocationPolicy: must be one of Never, IfNeeded",
        "spec.matchCondition: is no known property",
      ],
    },
    "a binding of no policy": {
      object: { ...mutatingPolicy, kind: "MutatingAdmissionPolicyBinding", spec: {} },
      lines: ["spec.policyName: is required"],
    },
    "names and labels that the API server refuses": {
      object: {
        ...configMap,
        metadata: { name: "Upper", labels: { "a b": "x", ok: "-x", n: 1 }, annotations: { a: "ü" } },
      },
      lines: [
        "metadata.labels.n: must be string",
        "metadata.name: must consist of lower case letters, digits, - and .",
        'metadata.labels["a b"]: is no name for a label or annotation: [prefix/]name, the name of at most 63 characters',
        "metadata.labels.ok: must be at most 63 letters, digits, -, _ and ., and begin and end with a letter or digit",
        "metadata.labels.n: must be string",
      ],
    },
    "values that are unknown as yet": {
      object: { ...deployment, metadata: { name: unknown, labels: unknown }, spec: unknown },
      lines: [],
    },
    "a BackendTLSPolicy of which parts are unknown as yet": {
      object: {
        ...policy,
        spec: {
          ...policy.spec,
          targetRefs: unknown,
          validation: { ...policy.spec.validation, subjectAltNames: unknown },
        },
      },
      lines: [],
    },
    "a label that is too long": {
      object: { ...configMap, metadata: { name: "x", labels: { a: "b".repeat(63), c: "d".repeat(64) } } },
      lines: [
        "metadata.labels.c: must be at most 63 letters, digits, -, _ and ., and begin and end with a letter or digit",
      ],
    },
    "an unknown value in a place of another type": {
      object: { ...deployment, spec: { ...deployment.spec, replicas: unknown } },
      lines: [],
    },
  };
  for (const [what, { object, lines }] of Object.entries(cases)) {
    it(`${lines.length > 0 ? "are refused for" : "may be"} ${what}`, async () =>
      assert.deepEqual((await check(object)).lines, lines));
  }

  it("of RBAC may have names that others may not", async () => {
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "system:a" },
    };
    assert.deepEqual((await check({ ...role, rules: [] })).lines, []);
  });

  it("that patch others may leave out what is required", async () => {
    const type = "kubernetes:apps/v1:DeploymentPatch";
    assert.deepEqual((await check({ ...deployment, spec: { replicas: 2 } }, { type })).lines, []);
    assert.deepEqual((await check({ ...deployment, spec: { replica: 2 } }, { type })).lines, [
      "spec.replica: is no property that kubernetes-models knows",
    ]);
  });

  it("without a name get one, always the same", async () => {
    const nameless = { ...configMap, metadata: {} };
    const { defaults } = await check(nameless);
    assert.match(defaults!["metadata"].name, /^x-[0-9a-f]{8}$/);
    assert.deepEqual((await check(nameless)).defaults, defaults);
    assert.equal((await check({ ...configMap, metadata: { generateName: "a-" } })).defaults, undefined);
  });

  it("of a chart or a folder of manifests are not known: the real provider expands them", () => {
    const standIn = kubernetes({ cache: tmpdir() });
    for (const type of ["helm.sh/v4:Chart", "yaml/v2:ConfigGroup", "kustomize/v2:Directory"]) {
      assert.equal(standIn.kind(`kubernetes:${type}`), undefined);
    }
  });
});
