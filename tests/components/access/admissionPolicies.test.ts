import assert from "node:assert/strict";
import type { AdmissionPoliciesArgs } from "../../../components/access/admission/objects.js";
import { AdmissionPolicies } from "../../../components/access/admissionPolicies.js";
import { clusterAdmins } from "../../../components/access/clusterAdmins.js";
import { capture } from "../../kit/capture.js";

const policyType = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";
const args: AdmissionPoliciesArgs = {
  namespaces: ["velero", "apps"],
  action: "deny",
  registries: ["ghcr.io"],
  hostPathUsers: [],
  clusterAdmins: clusterAdmins(),
  privileged: [],
  networkWriters: [],
  keyWriters: [],
  exposed: [],
  nodes: ["192.0.2.10"],
  hosts: { "shop.example.com": "apps" },
  gateway: { namespace: "traefik", name: "traefik-gateway" },
  roles: [],
};
const made = (change: Partial<AdmissionPoliciesArgs> = {}, preview = false) =>
  capture(() => new AdmissionPolicies("admission", { ...args, ...change }), { preview });

describe("AdmissionPolicies", () => {
  it("binds each policy, those of pods in the listed namespaces alone", async () => {
    const captured = await made();
    const bindings = captured
      .ofType(`${policyType}Binding`)
      .map(({ inputs }) => inputs["spec"])
      .sort((a, b) => a.policyName.localeCompare(b.policyName));
    const selector = {
      matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["apps", "velero"] }],
    };
    assert.deepEqual(bindings, [
      { policyName: "cluster-security-administrators", validationActions: ["Deny", "Audit"] },
      {
        policyName: "cluster-security-host-access",
        validationActions: ["Deny", "Audit"],
        matchResources: { namespaceSelector: selector },
      },
      { policyName: "cluster-security-hosts", validationActions: ["Deny", "Audit"] },
      {
        policyName: "cluster-security-images",
        validationActions: ["Deny", "Audit"],
        matchResources: { namespaceSelector: selector },
      },
      {
        policyName: "cluster-security-network-policies",
        validationActions: ["Deny", "Audit"],
        matchResources: { namespaceSelector: selector },
      },
      { policyName: "cluster-security-roles", validationActions: ["Deny", "Audit"] },
      {
        policyName: "cluster-security-sealing",
        validationActions: ["Deny", "Audit"],
        matchResources: {
          namespaceSelector: {
            matchExpressions: [
              {
                key: "kubernetes.io/metadata.name",
                operator: "In",
                values: ["apps", "kube-system", "velero"],
              },
            ],
          },
        },
      },
      {
        policyName: "cluster-security-services",
        validationActions: ["Deny", "Audit"],
        matchResources: { namespaceSelector: selector },
      },
    ]);
    assert.deepEqual(
      captured.one("cluster-security:access:AdmissionPolicies").outputs?.["names"].sort(),
      bindings.map(({ policyName }) => policyName),
    );
  });

  it("warns where it is told to", async () => {
    for (const { inputs } of (await made({ action: "warn" })).ofType(`${policyType}Binding`)) {
      assert.deepEqual(inputs["spec"].validationActions, ["Warn", "Audit"]);
    }
  });

  it("fails closed: a policy that cannot be evaluated refuses", async () => {
    for (const { inputs } of (await made()).ofType(policyType)) {
      assert.equal(inputs["spec"].failurePolicy, "Fail");
    }
  });

  it("looks at every place of a pod that names an image", async () => {
    const images = (await made())
      .ofType(policyType)
      .map(({ inputs }) => inputs["spec"].variables)
      .flatMap((variables: { name: string; expression: string }[]) =>
        variables.filter(({ name }) => name === "images"),
      );
    assert.equal(images.length, 1);
    const places = [...images[0]!.expression.matchAll(/podSpec\.\?(\w+)/g)].map(([, place]) => place);
    assert.deepEqual(places, ["containers", "initContainers", "ephemeralContainers", "volumes"]);
  });

  it("registers the same with known and unknown values", async () => {
    assert.deepEqual((await made({}, true)).shape(), (await made()).shape());
  });
});
