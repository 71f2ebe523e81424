import {
  clusterAdmins,
  isListed,
  type ClusterAdmin,
  type Subject,
} from "../../components/access/clusterAdmins.js";
import { elements, isRecord, objectName, propertyAt } from "../resource.js";

/** A binding that a rule refuses. */
export interface RefusedBinding {
  binding: unknown;
  message: string;
}

/** Violations in one Kubernetes object: a binding to cluster-admin of somebody who is not in the list. */
export function checkObject(object: unknown, admins: ClusterAdmin[] = clusterAdmins()): string[] {
  if (!isBinding(object)) return [];
  const toAdmin =
    propertyAt(object, "roleRef", "kind") === "ClusterRole" &&
    propertyAt(object, "roleRef", "name") === "cluster-admin";
  return toAdmin ? messages(object, "cluster-admin", "every right there is", admins) : [];
}

/**
 * Violations among objects that belong together: bindings of somebody who is not in the list to a role of theirs that is
 * cluster-admin by another name.
 */
export function checkBindings(
  objects: unknown[],
  admins: ClusterAdmin[] = clusterAdmins(),
): RefusedBinding[] {
  const roles = new Map<string, string>();
  for (const role of objects.filter(isRole)) {
    const key = roleKey(role["kind"], propertyAt(role, "metadata", "name"), namespaceOf(role));
    const right = adminRight(role);
    if (key && right) roles.set(key, right);
  }
  return objects.filter(isBinding).flatMap((binding) => {
    const key = roleKey(
      propertyAt(binding, "roleRef", "kind"),
      propertyAt(binding, "roleRef", "name"),
      namespaceOf(binding),
    );
    const right = key && roles.get(key);
    if (!key || !right) return [];
    return messages(binding, key, right, admins).map((message) => ({ binding, message }));
  });
}

/** What makes a role as good as cluster-admin; undefined if nothing does. */
export function adminRight(role: unknown): string | undefined {
  for (const rule of elements(propertyAt(role, "rules"))) {
    const covers = (field: string, ...any: string[]) =>
      elements(propertyAt(rule, field)).some((entry) => entry === "*" || any.includes(String(entry)));
    const all = (field: string) => elements(propertyAt(rule, field)).includes("*");
    if (covers("apiGroups", "") && all("resources") && all("verbs")) return "every verb on every resource";
    if (
      covers("apiGroups", "rbac.authorization.k8s.io") &&
      covers("resources", "roles", "clusterroles") &&
      covers("verbs", "bind", "escalate")
    ) {
      return "giving itself any role";
    }
    if (
      covers("apiGroups", "") &&
      covers("resources", "users", "groups", "serviceaccounts") &&
      covers("verbs", "impersonate") &&
      // A few named ones are not everybody.
      elements(propertyAt(rule, "resourceNames")).length === 0
    ) {
      return "acting as anybody else";
    }
  }
  return undefined;
}

function messages(binding: unknown, role: string, right: string, admins: ClusterAdmin[]): string[] {
  return elements(propertyAt(binding, "subjects"))
    .filter(isSubject)
    .filter((subject) => !isListed(subject, admins))
    .map(
      ({ kind, name, namespace }) =>
        `${objectName(binding)} binds ${role}, which allows ${right}, to ${kind} ${namespace ? `${namespace}/` : ""}${name}; ` +
        "only those listed in components/access/clusterAdmins.ts may have it. Bind a role with just the rights that " +
        "are needed, or add the subject there with its reason.",
    );
}

/** A subject every part of which is known. */
function isSubject(subject: unknown): subject is Subject {
  if (!isRecord(subject) || typeof subject["kind"] !== "string" || typeof subject["name"] !== "string")
    return false;
  return subject["namespace"] === undefined || typeof subject["namespace"] === "string";
}

function isBinding(object: unknown): object is Record<string, unknown> {
  return isRecord(object) && /^(Cluster)?RoleBinding$/.test(String(object["kind"]));
}

function isRole(object: unknown): object is Record<string, unknown> {
  return isRecord(object) && /^(Cluster)?Role$/.test(String(object["kind"]));
}

/** What a role is known by, ClusterRole a or Role b/a; undefined while a part of it is not yet known. */
function roleKey(kind: unknown, name: unknown, namespace: unknown): string | undefined {
  if (typeof name !== "string") return undefined;
  if (kind === "ClusterRole") return `ClusterRole ${name}`;
  return typeof namespace === "string" ? `Role ${namespace}/${name}` : undefined;
}

function namespaceOf(object: unknown): unknown {
  return propertyAt(object, "metadata", "namespace") ?? "default";
}
