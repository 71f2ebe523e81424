/**
 * Pieces of CEL, the language of admission policies
 * (https://kubernetes.io/docs/reference/using-api/cel/).
 */

/** A literal of a string; JSON's escapes are CEL's. */
export function celText(value: string): string {
  return JSON.stringify(value);
}

/** A literal of a list of strings. */
export function celList(values: readonly string[]): string {
  return `[${values.map(celText).join(", ")}]`;
}

/** A list of an object; empty where the API server has none or null, as for the rules of an aggregating role. */
export function listOf(object: string, field: string): string {
  return `(${object}.?${field}.orValue(null) == null ? [] : ${object}.${field})`;
}

/** True where one of the conditions is; never, when there is none. */
export function any(conditions: readonly string[]): string {
  return conditions.length === 0 ? "false" : conditions.map((condition) => `(${condition})`).join(" || ");
}

/**
 * The pod that an object describes: a pod itself, or the template of a workload. The object is of any of those kinds, so
 * it is taken as dynamic; otherwise the API server would report every field that one of them lacks.
 */
export function podSpecOf(object: "object" | "oldObject"): string {
  const spec = `dyn(${object}).spec`;
  return (
    `${object}.kind == "Pod" ? ${spec} : ` +
    `${object}.kind == "CronJob" ? ${spec}.jobTemplate.spec.template.spec : ${spec}.template.spec`
  );
}

/** Who a subject of a binding is, spelt as `identity` of the list of administrators does it. */
export function identityOf(subject: string): string {
  return (
    `${subject}.kind == "ServiceAccount" ` +
    `? "User system:serviceaccount:" + ${subject}.?namespace.orValue("") + ":" + ${subject}.name ` +
    `: ${subject}.kind + " " + ${subject}.name`
  );
}

/** Who asks: the user and the groups, spelt as `identity` does it. */
export const requesters =
  '(["User " + request.userInfo.username] + request.userInfo.?groups.orValue([]).map(group, "Group " + group))';
