import { isRecord, notYetKnown, shown, propertyAt } from "../resource.js";

const enforce = "pod-security.kubernetes.io/enforce";
const levels = ["privileged", "baseline", "restricted"];

/** Violations in one Kubernetes object: a Namespace that no Pod Security Standard is enforced in. */
export function checkObject(object: unknown): string[] {
  if (!isRecord(object) || object["kind"] !== "Namespace") return [];
  const level = propertyAt(object, "metadata", "labels", enforce);
  if (level === notYetKnown || levels.includes(level as string)) return [];
  return [
    `label ${enforce} is ${shown(level)}, so any pod may run as root on the node; ` +
      `only ${levels.join(", ")} are allowed. Set it, as components/common/namespaces.ts does.`,
  ];
}

/** Violations in the inputs of a Helm release: Helm makes namespaces without labels. */
export function checkRelease(inputs: Record<string, unknown>): string[] {
  return inputs["createNamespace"] === true
    ? [
        "createNamespace is true, and Helm makes a namespace without labels; only false is allowed. " +
          "Make the namespace with components/common/namespaces.ts.",
      ]
    : [];
}
