import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { didYouMean, mendWords, type Mend } from "../../components/common/mend.js";
import { looksSecret, withoutSecret } from "./misplacedSecrets.js";
import type { Problem } from "./rules/index.js";
import type { Settings } from "./schema.js";

/** A mistake in the settings: the message is all a user needs, without a stack trace. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";

  /**
   * @param problems One line each.
   * @param found What the rest of the settings tells: the groups that can be parsed, and values to give. Default: nothing.
   */
  constructor(
    readonly problems: string[],
    readonly found: { settings: Partial<Settings>; missing: string[] } = { settings: {}, missing: [] },
  ) {
    super(problems.map((problem) => `  ${problem}`).join("\n"));
  }
}

/** `cluster.nodes[0].address`, the way `pulumi config set --path` takes it. */
export function keyOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((key, part) => {
    if (typeof part === "number") return `${key}[${part}]`;
    return key === "" ? String(part) : `${key}.${String(part)}`;
  }, "");
}

/** One line for a problem: the key, then what is wrong, then how to mend it. */
export function describeProblem(problem: Problem): string {
  return `${keyOf(problem.path)}: ${problem.message}${mendWords(problem.mend)}`;
}

/** Turns what zod found into problems, one for each unknown key, with a guess at the key that was meant. */
export function problemsOf(error: z.ZodError, schema: z.ZodType): Problem[] {
  return issuesOf(error.issues).flatMap((issue): Problem[] => {
    const path = issue.path.filter((part) => typeof part !== "symbol");
    switch (issue.code) {
      case "unrecognized_keys": {
        const allowed = keysAt(schema, path);
        // What is given already is no name for another one.
        const free = allowed.filter((key) => !Object.hasOwn(issue.input ?? {}, key));
        return issue.keys.map((key) => {
          const rename = guess(key, free);
          return {
            path: [...path, key],
            message: `unknown setting; allowed here: ${allowed.join(", ")}`,
            mend: rename === undefined ? undefined : { rename },
          };
        });
      }
      case "invalid_value":
        return [
          {
            path,
            message: `${found(issue.input)} is not allowed; allowed: ${issue.values.join(", ")}`,
            mend: didYouMean(meant(issue)),
          },
        ];
      case "invalid_type":
        return [
          {
            path,
            message: issue.input === undefined ? missing(schema, path) : wrongType(issue, at(schema, path)),
          },
        ];
      case "invalid_key":
        return issue.issues.map(({ message }) => ({ path, message }));
      case "too_small":
        return [{ path, message: tooSmall(issue) }];
      case "too_big":
        return [{ path, message: `${String(issue.input)} is too large; at most ${issue.maximum}` }];
      default:
        return [{ path, ...withoutSecret({ message: issue.message, mend: mendOf(issue) }, issue.input) }];
    }
  });
}

/** How zod's own messages begin, for issues that tell of the content of a value. */
const zodWords: Record<string, string> = {
  invalid_union: "Invalid input",
  unrecognized_keys: "Unrecognized key",
};

/** The issues, and for a value that may be of several forms those of the form it is nearest to. */
function issuesOf(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue): z.core.$ZodIssue[] => {
    // Where the schema has a message of its own, the value may be a secret: its keys are not named.
    if (Object.hasOwn(zodWords, issue.code) && !issue.message.startsWith(zodWords[issue.code]!))
      return [{ code: "custom", path: issue.path, message: issue.message }];
    if (issue.code !== "invalid_union") return [issue];
    const forms = issue.errors.filter((form) => !form.some(isOfAnotherType));
    const meant = forms.find((form) => !form.some(({ code }) => foreignKeys.includes(code))) ?? forms[0];
    const message = `${kindOf(issue.input)} is neither text nor a group of settings`;
    if (!meant) return [{ code: "custom", path: issue.path, message }];
    return issuesOf(meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })));
  });
}

const foreignKeys = ["unrecognized_keys", "invalid_key"];

function isOfAnotherType({ code, path }: z.core.$ZodIssue): boolean {
  return code === "invalid_type" && path.length === 0;
}

/** What was found, in short. The content of a group or a list is left out: secrets may lie in it. */
function found(input: unknown): string {
  if (typeof input === "object" && input !== null) return kindOf(input);
  const text = String(input);
  if (looksSecret(text)) return "the value given";
  return typeof input === "string" ? `"${text}"` : text;
}

/** What sort of value was found. */
function kindOf(input: unknown): string {
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object" && input !== null) return "a group of settings";
  const kinds: Record<string, string> = { string: "text", number: "a number" };
  return kinds[typeof input] ?? String(input);
}

function mendOf(issue: z.core.$ZodIssue): Mend | undefined {
  return issue.code === "custom" ? (issue.params?.["mend"] as Mend | undefined) : undefined;
}

function meant(issue: z.core.$ZodIssueInvalidValue): string | undefined {
  const values = issue.values.filter((value) => typeof value === "string");
  return typeof issue.input === "string" ? guess(issue.input, values) : undefined;
}

const grouped: readonly string[] = ["array", "object", "record"];

function wrongType(issue: z.core.$ZodIssueInvalidType, node: z.ZodType | undefined): string {
  if (issue.expected === "string" && typeof issue.input === "number") {
    const [example] = (node?.meta()?.["examples"] as string[] | undefined) ?? [];
    const such = example === undefined ? "" : ` such as ${example}`;
    return `${found(issue.input)} is a number to YAML, not text${such}; text that looks like a number stands in quotes`;
  }
  const expected = {
    array: "a list",
    object: "a group of settings",
    record: "a group of settings",
    boolean: "true or false",
    int: "a whole number",
    number: "a number",
    string: "text",
  };
  // What stands where a group belongs may be a secret that lost its key.
  const what = grouped.includes(issue.expected) ? kindOf(issue.input) : found(issue.input);
  return `${what} is not ${expected[issue.expected as keyof typeof expected] ?? issue.expected}`;
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === "array") return "the list is empty; at least one entry is needed";
  if (issue.origin === "string") return "the text is empty";
  return `${String(issue.input)} is too small; at least ${issue.minimum}`;
}

function missing(schema: z.ZodType, path: (string | number)[]): string {
  const description = at(schema, path)?.description;
  return `is missing${description ? `. ${description}` : ""}`;
}

/** The known key nearest to a mistyped one, if any is near. */
function guess(key: string, allowed: readonly string[]): string | undefined {
  if (allowed.length === 0) return undefined;
  const candidate = closest(key.toLowerCase(), allowed);
  const near = allowed.find((name) => name.toLowerCase() === key.toLowerCase()) ?? candidate;
  const [given, meant] = [key.toLowerCase(), near.toLowerCase()];
  // SCTP is no slip of the finger for TCP.
  return given[0] === meant[0] && distance(given, meant) <= Math.max(2, key.length / 3) ? near : undefined;
}

function keysAt(schema: z.ZodType, path: (string | number)[]): string[] {
  const node = at(schema, path);
  if (node instanceof z.ZodObject) return Object.keys(node.shape);
  return node instanceof z.ZodRecord && node.keyType instanceof z.ZodEnum
    ? node.keyType.options.map(String)
    : [];
}

/** Whether the setting that a path leads to is a secret: text, or sealed. */
export function isSecretAt(schema: z.ZodType, path: (string | number)[]): boolean {
  return keysAt(schema, path).join() === "secure";
}

/** The part of the schema that a path leads to, wrappers such as default and optional taken off. */
function at(schema: z.ZodType, path: (string | number)[]): z.ZodType | undefined {
  let node: z.ZodType | undefined = unwrap(schema);
  for (const part of path) {
    if (node instanceof z.ZodObject) node = node.shape[part] as z.ZodType | undefined;
    else if (node instanceof z.ZodArray) node = node.element as z.ZodType;
    else if (node instanceof z.ZodRecord) node = node.valueType as z.ZodType;
    else return undefined;
    node = node && unwrap(node);
  }
  return node;
}

function unwrap(schema: z.ZodType): z.ZodType {
  let node = schema;
  while (node instanceof z.ZodOptional || node instanceof z.ZodDefault || node instanceof z.ZodPrefault) {
    const inner = node.unwrap() as z.ZodType;
    // A description is lost with its wrapper unless it is carried over.
    node = inner.description || !node.description ? inner : inner.describe(node.description);
  }
  if (node instanceof z.ZodPipe) return unwrap(node.in as z.ZodType);
  // Of what may be text or a group, only the group has keys.
  return node instanceof z.ZodUnion
    ? ((node.options as z.ZodType[]).find((option) => option instanceof z.ZodObject) ?? node)
    : node;
}
