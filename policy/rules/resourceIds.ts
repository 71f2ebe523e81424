/**
 * The one generator whose id says nothing: it is "none". The ids of others are their values
 * (https://github.com/hashicorp/terraform-provider-random/blob/v3.7.2/internal/provider/resource_password.go and its
 * neighbors).
 */
const silentGenerator = "random:index/randomPassword:RandomPassword";

/** Inputs that a provider makes the id of, by the beginning of the type. */
const idInputs: [type: string, inputs: string[]][] = [
  ["kubernetes:helm.sh/v3:Release", ["name", "namespace"]],
  ["kubernetes:", ["metadata.name", "metadata.namespace"]],
  ["oci:ObjectStorage/bucket:Bucket", ["name", "namespace"]],
  ["oci:ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy", ["bucket", "namespace"]],
];

/**
 * Returns what puts a secret into a resource's id. The engine keeps and prints ids in plain: "Pulumi … cannot yet support
 * secret markers on resource IDs" (the random provider's source, above).
 *
 * @param secretInputs Paths of the inputs that are secret.
 */
export function checkId(type: string, secretInputs: readonly string[]): string[] {
  if (type.startsWith("random:") && type !== silentGenerator) {
    return [
      `the id of a ${type.split(":").at(-1)} may be its value, and ids are never secret ` +
        "(https://github.com/pulumi/pulumi-random/issues/190); " +
        "only a RandomPassword is allowed, whose id says nothing. For bytes, use secretBytes (components/common/secretBytes.ts).",
    ];
  }
  const inputs = idInputs.find(([start]) => type.startsWith(start))?.[1] ?? [];
  return secretInputs
    .filter((path) => inputs.some((input) => input === path || input.startsWith(`${path}.`)))
    .map(
      (path) =>
        `${path} is secret and becomes part of the resource's id, which is never secret; only a plain value is allowed. ` +
        "Give it a name that is no secret.",
    );
}
