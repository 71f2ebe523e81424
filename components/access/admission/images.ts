import { any, celList, podSpecOf, celText } from "./cel.js";
import { unchangedPod, workloads, type AdmissionPolicy } from "./policy.js";

/**
 * Where images may come from, and that each is of one version.
 *
 * @param registries Hosts (`ghcr.io`), or one path on a host (`docker.io/goharbor`). A short name such as nginx:1.29
 *   counts as docker.io/library/nginx:1.29, as the kubelet reads it.
 */
export function imagePolicy(registries: readonly string[]): AdmissionPolicy {
  const first = 'image.split("/")[0]';
  // Nor is a first part with capitals one of Docker Hub: the kubelet takes it for a host
  // (https://github.com/distribution/reference/blob/v0.6.0/normalize.go, splitDockerDomain).
  const hasHost = `image.contains("/") && (${first}.contains(".") || ${first}.contains(":") || ${first} == "localhost" || ${first} != ${first}.lowerAscii())`;
  const full = `(${hasHost} ? image : (image.contains("/") ? "docker.io/" : "docker.io/library/") + image)`;
  const unpinned = 'image.split("/")[image.split("/").size() - 1]';
  return {
    name: "cluster-security-images",
    rules: workloads,
    variables: [
      { name: "podSpec", expression: podSpecOf("object") },
      { name: "unchanged", expression: unchangedPod },
      {
        name: "images",
        expression: [
          ...["containers", "initContainers", "ephemeralContainers"].map(
            (kind) => `variables.podSpec.?${kind}.orValue([]).map(container, container.?image.orValue(""))`,
          ),
          // An image can be mounted, too, without a container of it.
          `variables.podSpec.?volumes.orValue([]).filter(volume, has(volume.image)).map(volume, volume.image.?reference.orValue(""))`,
        ].join(" + "),
      },
      {
        name: "unlisted",
        expression: `variables.images.filter(image, !(${celList(registries.flatMap(prefixes))}.exists(prefix, ${full}.startsWith(prefix))))`,
      },
      {
        name: "malformed",
        expression: `variables.images.filter(image, !image.matches(${celText(reference)}))`,
      },
      {
        name: "unpinned",
        expression: `variables.images.filter(image, !image.contains("@") && (${any([
          `!${unpinned}.contains(":")`,
          `image.endsWith(":latest")`,
        ])}))`,
      },
    ],
    validations: [
      {
        expression: "variables.unchanged || variables.malformed.size() == 0",
        messageExpression: `"no image's name: " + variables.malformed.join(", ") + "; write registry/path:tag, or with a digest"`,
      },
      {
        expression: "variables.unchanged || variables.unlisted.size() == 0",
        messageExpression: `"not from a listed registry: " + variables.unlisted.join(", ") + ${celText(
          `; images may come from ${registries.join(", ")} (setting access.admission.registries)`,
        )}`,
      },
      {
        expression: "variables.unchanged || variables.unpinned.size() == 0",
        messageExpression: `"not one version: " + variables.unpinned.join(", ") + ${celText(
          "; give a tag other than latest, or a digest, so that a restart runs what was reviewed",
        )}`,
      },
    ],
  };
}

/** Form of an image's name (https://github.com/distribution/reference/blob/v0.6.0/regexp.go). */
const pathPart = "[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*";
const reference = `^([A-Za-z0-9.-]+(:[0-9]+)?/)?${pathPart}(/${pathPart})*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@[a-z0-9]+:[0-9a-f]{32,})?$`;

/** What the names of a registry's images begin with. A host may not be followed by a port: that is another registry. */
function prefixes(registry: string): string[] {
  return registry.includes("/") ? [`${registry}/`, `${registry}:`, `${registry}@`] : [`${registry}/`];
}
