import * as pulumi from "@pulumi/pulumi";
import { MutatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/mutatingAdmissionPolicy.js";
import { MutatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/mutatingAdmissionPolicyBinding.js";
import { leftOutOfBackups } from "../common/stateSecret.js";

/** Name of the policy and of its binding. */
export const unsealedSecretsPolicyName = "cluster-security-unsealed-secrets";

/**
 * Labels each Secret that belongs to a SealedSecret, whenever it is written, so that Velero leaves it out: the
 * SealedSecret is in Git, and is backed up itself. The controller gives its Secrets the labels of the SealedSecret's
 * template and takes others away, so what is to hold for all of them is done where they are written. Needs Kubernetes 1.36.
 */
export class UnsealedSecrets extends pulumi.ComponentResource {
  /** Name of the policy. */
  readonly policy: pulumi.Output<string>;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:backups:UnsealedSecrets", name, {}, opts);
    const metadata = {
      name: unsealedSecretsPolicyName,
      labels: { "app.kubernetes.io/managed-by": "pulumi" },
    };
    const policy = new MutatingAdmissionPolicy(
      `${name}-policy`,
      { metadata, spec: policySpec() },
      { parent: this },
    );
    new MutatingAdmissionPolicyBinding(
      `${name}-binding`,
      { metadata, spec: { policyName: policy.metadata.name } },
      { parent: this },
    );
    this.policy = policy.metadata.name;
    this.registerOutputs({ policy: this.policy });
  }
}

/** The policy, as data. */
export function policySpec() {
  const [[label, value]] = Object.entries(leftOutOfBackups) as [[string, string]];
  return {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["secrets"] },
      ],
    },
    matchConditions: [
      {
        name: "belongs-to-a-sealed-secret",
        expression:
          "object.metadata.?ownerReferences.orValue([]).exists(owner, " +
          'owner.kind == "SealedSecret" && owner.apiVersion.startsWith("bitnami.com/"))',
      },
    ],
    mutations: [
      {
        patchType: "ApplyConfiguration",
        applyConfiguration: {
          expression: `Object{metadata: Object.metadata{labels: {${JSON.stringify(label)}: ${JSON.stringify(value)}}}}`,
        },
      },
    ],
    // Every Secret passes here. One that is written without the label is backed up once more, and `npm run verify`
    // names it; one that cannot be written stops what needs it.
    failurePolicy: "Ignore",
    // After a webhook that changed the labels as well.
    reinvocationPolicy: "IfNeeded",
  };
}
