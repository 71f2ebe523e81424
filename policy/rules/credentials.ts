import { elements, isRecord, join } from "../resource.js";
import { publishedBy } from "../../components/common/publishedPasswords.js";

/**
 * Paths below `value` that hold a credential as text: under a key or an environment variable whose name says so, or text
 * that can be nothing else, such as a private key. Empty text and references to variables are none.
 */
export function credentialsIn(value: unknown, path: string): string[] {
  if (typeof value === "string") return holdsCredential(value, path) ? [path] : [];
  if (Array.isArray(value)) {
    return value.flatMap((element, index) => credentialsIn(element, join(path, index)));
  }
  if (!isRecord(value)) return [];
  const { name } = value;
  const ofVariable = typeof name === "string" && namesCredential(name) && isLiteral(value["value"], name);
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = join(path, key);
    if (contentsOfSecrets.has(key)) return textsIn(inner, at);
    const literal = [inner, ...elements(inner)].some((element) => isLiteral(element, key));
    const named = (literal && namesCredential(key)) || (ofVariable && key === "value");
    return named ? [at] : credentialsIn(inner, at);
  });
}

/** Whether a key such as adminPassword, access_key or HARBOR_TOKEN is that of a credential, not of a reference to one. */
export function namesCredential(key: string): boolean {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/[^A-Za-z0-9/]+/g, "-")
    .toLowerCase();
  // Names with a slash are those of annotations and labels. existingSecretAdminPasswordKey names a key in a Secret.
  if (words.includes("/") || words.startsWith("existing-") || namesOfSecrets.has(key)) return false;
  return credentialWords.test(words);
}

const credentialWords = new RegExp(
  [
    "(password|passwd|passphrase|secrets?|tokens?|credentials?|htpasswd|htpasswd-string)$",
    "(^|-)(pass|pwd|psk)$",
    "(access|account|api|auth|client|csrf|encoded|encryption|hmac|master|private|secret|session|shared|signing|ssh|xsrf)-?key$",
  ].join("|"),
);

/** Keys that read like a credential and take the name of a Secret. */
const namesOfSecrets = new Set(["imagePullSecrets", "pullSecret", "pullSecrets", "privateKeySecret"]);

/** Keys whose whole content a chart writes into a Secret. */
const contentsOfSecrets = new Set(["secretContents", "secretData", "stringData"]);

const credentialTexts = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // A bcrypt hash, alone or in a line of htpasswd.
  /(^|:)\$2[aby]?\$\d\d\$[./A-Za-z0-9]{53}/,
  // A JSON Web Token.
  /(^|\s)eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+/,
  /\baws_secret_access_key\s*=\s*\S/i,
  // An address with a password in it.
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@${]+@/i,
  // An argument such as --admin-password=….
  /^--?[\w-]*(password|passwd|token|api-?key)=[^/${]/,
];

function holdsCredential(text: string, path: string): boolean {
  if (publishedBy(text) || credentialTexts.some((pattern) => pattern.test(text))) return true;
  // PEM in base64.
  if (/^LS0tLS1CRUdJTi/.test(text)) return holdsCredential(Buffer.from(text, "base64").toString(), path);
  // Settings that a chart passes on as a JSON document.
  return /^\s*\{/.test(text) && credentialsIn(parsed(text), path).length > 0;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value written out; a number counts below a key that asks for a password. */
function isLiteral(value: unknown, key: string): boolean {
  if (typeof value === "number") return /pass(word|wd|phrase)?$/i.test(key);
  if (typeof value !== "string" || value === "" || /^(\$[({]|\{\{)/.test(value)) return false;
  // GOOGLE_APPLICATION_CREDENTIALS and its like take the path of a mounted file.
  return !(/credentials?$/i.test(key) && /^(\/[\w.-]+)+$/.test(value));
}

function textsIn(value: unknown, path: string): string[] {
  if (typeof value === "string") return value === "" ? [] : [path];
  if (Array.isArray(value)) return value.flatMap((element, index) => textsIn(element, join(path, index)));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, join(path, key)));
}
