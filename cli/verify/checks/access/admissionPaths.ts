export const apiVersion = "admissionregistration.k8s.io/v1";
export const policyKind = "ValidatingAdmissionPolicy";
export const bindingKind = "ValidatingAdmissionPolicyBinding";
/** What brings policies and bindings back. */
export const restored = "run pulumi up --refresh";

/** Path of a policy or a binding. */
export const pathOf = (kind: typeof policyKind | typeof bindingKind, name: string): string =>
  `/apis/${apiVersion}/${kind === policyKind ? "validatingadmissionpolicies" : "validatingadmissionpolicybindings"}/${name}`;
