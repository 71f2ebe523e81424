import { parseAllDocuments } from "yaml";

/** Fields of a kubeconfig's user that are credentials, or get some. */
const credentials = ["client-key-data", "token", "password", "exec", "auth-provider"];

/** Base64, perhaps on several lines; shorter text holds no credentials. */
const base64 = /^[A-Za-z0-9+/\s]{40,}={0,2}\s*$/;

/** So often text may be wrapped in base64, as a file that is base64 itself is in a ConfigMap's binaryData. */
const depth = 2;

/** What the text holds must not come back in a warning. */
const options = { logLevel: "silent", prettyErrors: false, uniqueKeys: false } as const;

/** Whether text is a kubeconfig with credentials: YAML or JSON, as it stands or in base64. */
export function holdsCredentials(text: string, left = depth): boolean {
  if (documentsOf(text).some(isWithCredentials)) return true;
  return left > 0 && base64.test(text) && holdsCredentials(Buffer.from(text, "base64").toString(), left - 1);
}

/** The kind of a kubeconfig, in YAML or JSON. */
const kind = /\bkind["']?\s*:\s*["']?Config\b/;

/** The documents of YAML, of which JSON is a part; they may also stand in a script. What cannot be read is none. */
function documentsOf(text: string): unknown[] {
  // Most ConfigMaps are something else, and some are large: YAML takes a second for a few dashboards.
  if (!text.includes("users") || !kind.test(text)) return [];
  if (/^\s*[{[]/.test(text)) {
    try {
      return [JSON.parse(text) as unknown];
    } catch {
      // YAML may begin so as well.
    }
  }
  return text.split(/^(?=apiVersion:)/m).flatMap((part) => {
    try {
      return parseAllDocuments(part, options).map((document) => document.toJS() as unknown);
    } catch {
      return [];
    }
  });
}

function isWithCredentials(document: unknown): boolean {
  if (!isObject(document) || document["kind"] !== "Config" || !Array.isArray(document["users"])) return false;
  return document["users"].some((entry: unknown) => {
    const user = isObject(entry) ? entry["user"] : undefined;
    return isObject(user) && credentials.some((field) => isGiven(user[field]));
  });
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
