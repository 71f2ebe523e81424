import * as pulumi from "@pulumi/pulumi";
import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy.js";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding.js";
import { admissionObjects, type AdmissionPoliciesArgs } from "./admission/objects.js";

/**
 * What the API server itself refuses, without a further controller that could be down: images of unknown origin or of no
 * fixed version, pods that reach into their node, new administrators
 * (https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/).
 */
export class AdmissionPolicies extends pulumi.ComponentResource {
  /** Names of the policies. */
  readonly names: pulumi.Output<string[]>;

  constructor(name: string, args: AdmissionPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:access:AdmissionPolicies", name, {}, opts);
    const names = admissionObjects(args).map(({ name: policyName, policy, binding }) => {
      const metadata = { name: policyName, labels: { "app.kubernetes.io/managed-by": "pulumi" } };
      const made = new ValidatingAdmissionPolicy(
        `${name}-${policyName}`,
        { metadata, spec: policy },
        { parent: this },
      );
      new ValidatingAdmissionPolicyBinding(
        `${name}-${policyName}-binding`,
        { metadata, spec: { ...binding, policyName: made.metadata.name } },
        { parent: this },
      );
      return made.metadata.name;
    });
    this.names = pulumi.all(names);
    this.registerOutputs({ names: this.names });
  }
}
