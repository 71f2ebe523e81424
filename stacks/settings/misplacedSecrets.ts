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
