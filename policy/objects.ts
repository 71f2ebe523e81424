import { clusterAdmins, type ClusterAdmin } from "../components/access/clusterAdmins.js";
import { elements, isRecord, objectName, propertyAt } from "./resource.js";
import * as admins from "./rules/clusterAdmins.js";
import * as helmValues from "./rules/helmValues.js";
import * as namespaces from "./rules/namespaces.js";
import * as pinnedVersions from "./rules/pinnedVersions.js";
import * as publishedPasswords from "./rules/publishedPasswords.js";

/** What judges one Kubernetes object, by policy: an object of the plan, or one that a chart renders. */
export const objectRules = {
  "no-credential-in-helm-values": helmValues.checkObject,
  "no-published-password": publishedPasswords.checkObject,
  "versions-pinned": pinnedVersions.checkObject,
  "cluster-admins-listed": admins.checkObject,
  "namespaces-labelled": namespaces.checkObject,
} satisfies Record<string, (object: unknown, listed?: ClusterAdmin[]) => string[]>;

/** The policy that judges roles and bindings together. */
export const rolesPolicy = "no-cluster-admin-by-another-name";

/** A violation found in rendered manifests. */
export interface ObjectViolation {
  /** Name of the policy. */
  policy: string;
  /** Kind, namespace and name of the object, such as "Deployment harbor/harbor-core". */
  object: string;
  message: string;
}

/**
 * Judges the rendered manifests of one release, or any other objects that belong together, by the rules that judge the
 * objects of the plan.
 *
 * @param objects Parsed manifests; lists are taken apart, empty documents passed over.
 * @param listed Who may be cluster-admin.
 */
export function checkObjects(
  objects: readonly unknown[],
  listed: ClusterAdmin[] = clusterAdmins(),
): ObjectViolation[] {
  const all = objects.flatMap(withItems);
  const single = all.flatMap((object) =>
    Object.entries(objectRules).flatMap(([policy, check]) =>
      check(object, listed).map((message) => ({ policy, object: objectName(object), message })),
    ),
  );
  const together = admins.checkBindings(all, listed).map(({ binding, message }) => ({
    policy: rolesPolicy,
    object: objectName(binding),
    message,
  }));
  return [...single, ...together];
}

/** An object, or the items of a list such as a RoleBindingList. */
function withItems(object: unknown): unknown[] {
  if (!isRecord(object)) return [];
  return /List$/.test(String(object["kind"])) && Array.isArray(propertyAt(object, "items"))
    ? elements(object["items"]).flatMap(withItems)
    : [object];
}
