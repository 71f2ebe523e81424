import type { Fault } from "./fields/text.js";

/**
 * Whether a value looks like a key, a token or a password rather than a name or an address: one that was put at the wrong
 * setting, or next to its own.
 */
export function looksSecret(value: string): boolean {
  const text = value.trim();
  const isRandom =
    /^[A-Za-z0-9+/_=-]{16,}$/.test(text) &&
    [/[a-z]/g, /[A-Z]/g, /\d/g].every((letters) => (text.match(letters) ?? []).length > 1);
  const isHex = /^[0-9a-f]{32,}$/i.test(text) && new Set(text).size > 6;
  const isNumber = /^-?\d{8,}$/.test(text);
  const isAppPassword = /^[a-z]{4}( [a-z]{4}){3}$/.test(text);
  const isToken = /^\d{6,}:[\w-]{20,}$|^eyJ[\w-]+\./.test(text);
  const isInAddress = /:[^@/\s]+@/.test(text);
  return (
    isRandom || isHex || isNumber || isAppPassword || isToken || isInAddress || text.includes("-----BEGIN ")
  );
}

const tokens = [
  ...[
    "gh[pousr]_[A-Za-z0-9]{30}",
    "github_pat_\\w{22}",
    "glpat-[\\w-]{16}",
    "glsa_\\w{20}",
    "xox[abprs]-[\\w-]{10}",
  ],
  ...["AKIA[0-9A-Z]{16}", "AIza[\\w-]{35}", "pul-[0-9a-f]{40}", "dckr_pat_[\\w-]{20}", "npm_[A-Za-z0-9]{36}"],
  ...["hvs\\.[\\w-]{20}", "eyJ[\\w-]{10,}\\.eyJ[\\w-]{10,}\\.", "\\d{8,10}:[\\w-]{35}(?![\\w-])"],
];
const token = new RegExp(`(?<![A-Za-z0-9])(${tokens.join("|")})|-----BEGIN [A-Z ]*PRIVATE KEY`);

/**
 * Whether a token or a private key stands in a text, by the way its issuer writes it
 * (https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns).
 */
export const holdsToken = (text: string): boolean => token.test(text);

/** A fault without the value that it is about, if that looks like a secret. */
export function withoutSecret(fault: Fault, value: unknown): Fault {
  if (typeof value !== "string" || !looksSecret(value)) return fault;
  const message = [JSON.stringify(value), `"${value}"`, value].reduce(
    (text, quoted) => text.replaceAll(quoted, "the value given"),
    fault.message,
  );
  // What is offered may be a part of it.
  return { message, mend: fault.mend && "choice" in fault.mend ? fault.mend : undefined };
}
