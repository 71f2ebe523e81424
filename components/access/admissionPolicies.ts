import * as pulumi from "@pulumi/pulumi";
import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy.js";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding.js";
import { administratorPolicy } from "./admission/administrators.js";
import { hostAccessPolicy, type HostPathUser } from "./admission/hostAccess.js";
import { imagePolicy } from "./admission/images.js";
import type { Policy } from "./admission/policy.js";
import type { ClusterAdmin } from "./clusterAdmins.js";

export interface AdmissionPoliciesArgs {
  /** Namespaces in which images and pods are looked at. */
  namespaces: string[];
  /** warn: what breaks a rule is let in, with a warning to whoever applies it; deny: it is refused. */
  action: "warn" | "deny";
  /** Registries, or paths on one, that images may come from. */
  registries: string[];
  /** ServiceAccounts whose pods may mount folders of their node. */
  hostPathUsers: HostPathUser[];
  /** Everyone who may be cluster-admin. */
  clusterAdmins: ClusterAdmin[];
}

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
    const names = policies(args).map((policy) => {
      const metadata = { name: policy.name, labels: { "app.kubernetes.io/managed-by": "pulumi" } };
      const made = new ValidatingAdmissionPolicy(
        `${name}-${policy.name}`,
        {
          metadata,
          spec: {
            failurePolicy: "Fail",
            matchConstraints: { resourceRules: policy.rules },
            matchConditions: policy.matchConditions,
            variables: policy.variables,
            validations: policy.validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
          },
        },
        { parent: this },
      );
      new ValidatingAdmissionPolicyBinding(
        `${name}-${policy.name}-binding`,
        {
          metadata,
          spec: {
            policyName: made.metadata.name,
            // In the audit log as well, where it is found later.
            validationActions: [args.action === "deny" ? "Deny" : "Warn", "Audit"],
            matchResources: policy.everywhere ? undefined : { namespaceSelector: among(args.namespaces) },
          },
        },
        { parent: this },
      );
      return made.metadata.name;
    });
    this.names = pulumi.all(names);
    this.registerOutputs({ names: this.names });
  }
}

/** The policies, as data. */
export function policies(args: Omit<AdmissionPoliciesArgs, "namespaces" | "action">): Policy[] {
  return [
    imagePolicy(args.registries),
    hostAccessPolicy(args.hostPathUsers),
    administratorPolicy(args.clusterAdmins),
  ];
}

function among(namespaces: string[]) {
  const values = [...namespaces].sort();
  return { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values }] };
}
