/**
 * Whether the API server of that version serves MutatingAdmissionPolicy without a feature gate: from 1.36 on
 * (https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/).
 *
 * @param kubernetesVersion Such as v1.36.2.
 */
export function mutatesByPolicy(kubernetesVersion: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(kubernetesVersion) ?? [];
  return Number(major) > 1 || Number(minor) >= 36;
}
