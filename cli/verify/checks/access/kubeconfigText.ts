import { parseAllDocuments } from "yaml";

/** So often text may lie in other text: in a value of YAML, or in base64. */
const depth = 3;

/** What the text holds must not come back in a warning. */
const options = { logLevel: "silent", prettyErrors: false, uniqueKeys: false } as const;

/** Whether a kubeconfig with credentials stands in text: in YAML or JSON, in a script around it, or in base64. */
export function holdsCredentials(text: string, left = depth): boolean {
  if (left === 0) return false;
  // Line breaks may be escaped, as in quotes.
  const broken = text.replaceAll(/\\[nrt]/g, "\n");
  return (
    (isLikely(broken) && readings(text).some((read) => read().some((value) => isFoundIn(value, left)))) ||
    [...(broken.match(base64) ?? []), ...wrapped(broken)].some((part) =>
      holdsCredentials(Buffer.from(part, "base64").toString(), left - 1),
    )
  );
}

/** Long words and a last shorter one: other words among them would shift what comes after. */
const base64 = /(?:[\w+/-]{40,}\s*)+[\w+/-]*/g;

/** Lines of one word each that are equally long, and a last one that is no longer: base64 cut into short lines. */
function wrapped(text: string): string[] {
  const blocks: string[][] = [];
  const block: string[] = [];
  for (const line of text.split("\n")) {
    const word = /^[\s>#*"'+-]*([\w+/-]+={0,2})["',\\\s]*$/.exec(line)?.[1];
    const before = block.at(-1);
    if (
      word !== undefined &&
      before?.length === block[0]?.length &&
      word.length <= (before?.length ?? Infinity)
    )
      block.push(word);
    else blocks.push(block.splice(0, Infinity, ...(word === undefined ? [] : [word])));
  }
  return [...blocks, block].map((words) => words.join("")).filter(({ length }) => length >= 40);
}

const hasKey = (names: string) => new RegExp(`\\b(${names})\\\\*["']?\\s*:`);
const keys = ["users", "client-key-data|token|password|exec|auth-provider", "clusters|kind"].map(hasKey);

/** Most text is something else, and some is large: YAML takes a second for a few dashboards. */
const isLikely = (text: string): boolean => keys.every((key) => key.test(text));

/** Ways to read text, each tried where the ones before it find nothing. What cannot be read holds nothing. */
function readings(text: string): (() => unknown[])[] {
  try {
    const value: unknown = JSON.parse(text);
    return [() => [value]];
  } catch {
    return [() => blocksIn(text).flatMap(documentsIn), () => documentsIn(text)];
  }
}

const topLevel = "apiVersion|kind|preferences|clusters|contexts|current-context|users|extensions";
const block = new RegExp(`^([ \\t]*)(?:(?:${topLevel}):.*\\n(?:(?:\\1[ \\t#-].*)?\\n)*)+`, "gm");

/** The lines that are a kubeconfig's own, however far they are indented, among those of a script or of other YAML. */
function blocksIn(text: string): string[] {
  return [...`${text}\n`.replaceAll("\r\n", "\n").matchAll(block)].map(([lines, indent]) =>
    lines.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
}

function documentsIn(text: string): unknown[] {
  try {
    return parseAllDocuments(text, options).map((document) => document.toJS() as unknown);
  } catch {
    return [];
  }
}

/** Whether a value is a kubeconfig with credentials, or holds one. */
function isFoundIn(value: unknown, left: number): boolean {
  if (typeof value === "string") return holdsCredentials(value, left - 1);
  if (!isObject(value)) return false;
  return isWithCredentials(value) || Object.values(value).some((inner) => isFoundIn(inner, left));
}

/** kubectl needs no kind: a list of clusters says as well that it is a kubeconfig. */
function isWithCredentials({ kind, clusters, users }: Record<string, unknown>): boolean {
  const isKubeconfig =
    kind === "Config" || entries(clusters, "cluster").some(({ server }) => isGiven(server));
  return isKubeconfig && entries(users, "user").some(hasCredentials);
}

/** What the entries of a list have under a key. */
function entries(list: unknown, key: string): Record<string, unknown>[] {
  return (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
    const inner = isObject(entry) ? entry[key] : undefined;
    return isObject(inner) ? [inner] : [];
  });
}

/** Whether a user has a credential, or a command or a provider that gets one. */
function hasCredentials(user: Record<string, unknown>): boolean {
  const { exec, "auth-provider": provider } = user;
  return (
    ["client-key-data", "token", "password"].some((field) => isGiven(user[field])) ||
    (isObject(exec) && isGiven(exec["command"])) ||
    (isObject(provider) && isGiven(provider["name"]))
  );
}

/** Text, and not only a sign that it was left out: of kubectl config view, of a template or of an example. */
function isGiven(value: unknown): boolean {
  const leftOut = /^(|REDACTED|DATA\+OMITTED|<.*>|\$\{?\w+\}?|\$\(.*\)|.*\{\{.*\}\}.*|\.{3}|…|x+|\*+)$/is;
  return (typeof value === "string" || typeof value === "number") && !leftOut.test(String(value).trim());
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
