/**
 * The part of Oracle's policy language that the components write
 * (https://docs.oracle.com/iaas/Content/Identity/Concepts/policysyntax.htm).
 */

export interface Statement {
  subject: { kind: "group" | "service"; name: string };
  verb: "inspect" | "read" | "use" | "manage";
  resource: string;
  /** OCID of the compartment; undefined for the whole tenancy. */
  compartmentId?: string;
  /** Undefined for always. */
  condition?: Condition;
}

export type Condition =
  { kind: "any" | "all"; of: Condition[] } | { kind: "equal" | "unequal"; variable: string; value: string };

const form =
  /^allow\s+(group|service)\s+(\S+)\s+to\s+(inspect|read|use|manage)\s+([a-z-]+)\s+in\s+(?:tenancy|compartment\s+id\s+(\S+))(?:\s+where\s+(.+))?$/i;

/** @throws Error for whatever is not of that form. */
export function parseStatement(text: string): Statement {
  const parts = form.exec(text.trim());
  if (!parts) throw new Error(`not a policy statement: ${text}`);
  const [, kind, name, verb, resource, compartmentId, condition] = parts;
  return {
    subject: { kind: kind!.toLowerCase() as "group" | "service", name: name! },
    verb: verb!.toLowerCase() as Statement["verb"],
    resource: resource!.toLowerCase(),
    compartmentId,
    condition: condition === undefined ? undefined : parseCondition(condition),
  };
}

/** @throws Error for whatever is not a condition. */
function parseCondition(text: string): Condition {
  const tokens = text.match(/'[^']*'|!=|[={},]|[\w.-]+|\S/g) ?? [];
  let next = 0;
  const take = (wanted: RegExp): string => {
    const token = tokens[next++] ?? "the end";
    if (!wanted.test(token)) throw new Error(`unexpected ${token} in the condition: ${text}`);
    return token;
  };
  const condition = (): Condition => {
    const word = take(/^[a-z][\w.-]*$/i);
    if (!/^(any|all)$/i.test(word)) {
      const kind = take(/^!?=$/) === "=" ? "equal" : "unequal";
      return { kind, variable: word, value: take(/^'.*'$/).slice(1, -1) };
    }
    take(/^\{$/);
    const of = [condition()];
    while (take(/^[,}]$/) === ",") of.push(condition());
    return { kind: word.toLowerCase() as "any" | "all", of };
  };
  const parsed = condition();
  if (next < tokens.length) throw new Error(`unexpected ${tokens[next]} in the condition: ${text}`);
  return parsed;
}

/**
 * Whether a request with these variables meets the condition. One that lacks a variable meets nothing that names it
 * (https://docs.oracle.com/iaas/Content/Identity/policysyntax/conditions.htm). A `*` at either end of a value stands
 * for anything.
 */
export function meets(condition: Condition | undefined, variables: Record<string, string>): boolean {
  if (condition === undefined) return true;
  if ("of" in condition) {
    const one = (part: Condition) => meets(part, variables);
    return condition.kind === "any" ? condition.of.some(one) : condition.of.every(one);
  }
  const actual = variables[condition.variable];
  return actual !== undefined && matches(condition.value, actual) === (condition.kind === "equal");
}

function matches(pattern: string, text: string): boolean {
  const [, start, middle, end] = /^(\*?)(.*?)(\*?)$/s.exec(pattern)!;
  if (start && end) return text.includes(middle!);
  if (start) return text.endsWith(middle!);
  return end ? text.startsWith(middle!) : text === middle;
}
