/** Types whose id is the generated value itself. */
const valueIsId: Record<string, string> = {
  "random:index/randomBytes:RandomBytes":
    "https://github.com/pulumi/pulumi-random/blob/v4.21.2/provider/resources.go",
  "random:index/randomId:RandomId": "https://github.com/pulumi/pulumi-random/issues/190",
};

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
  const source = valueIsId[type];
  if (source !== undefined) {
    return [
      `the id of a ${type.split(":").at(-1)} is its value, and ids are never secret (${source}); ` +
        "only generators whose id says nothing are allowed. Use secretBytes (components/common/secretBytes.ts) or a RandomPassword.",
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
