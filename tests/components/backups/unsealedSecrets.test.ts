import assert from "node:assert/strict";
import { policySpec, UnsealedSecrets } from "../../../components/backups/unsealedSecrets.js";
import { capture } from "../../kit/capture.js";

const policyType = "kubernetes:admissionregistration.k8s.io/v1:MutatingAdmissionPolicy";
const run = (preview = false) => capture(() => new UnsealedSecrets("unsealed"), { preview });

describe("UnsealedSecrets", () => {
  it("binds its policy everywhere", async () => {
    const captured = await run();
    const metadata = {
      name: "cluster-security-unsealed-secrets",
      labels: { "app.kubernetes.io/managed-by": "pulumi" },
    };
    const policy = captured.one(policyType);
    assert.equal(policy.parent, "unsealed");
    assert.deepEqual(policy.inputs["metadata"], metadata);
    assert.deepEqual(policy.inputs["spec"], policySpec());
    const binding = captured.one(`${policyType}Binding`);
    assert.deepEqual(binding.inputs["metadata"], metadata);
    assert.deepEqual(binding.inputs["spec"], { policyName: metadata.name });
    assert.deepEqual(captured.one("cluster-security:backups:UnsealedSecrets").outputs, {
      policy: metadata.name,
    });
  });

  it("stops nobody who writes a Secret", () => {
    assert.equal(policySpec().failurePolicy, "Ignore");
  });

  it("registers the same with known and unknown values", async () => {
    assert.deepEqual((await run(true)).shape(), (await run()).shape());
  });
});
