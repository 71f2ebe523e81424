import { RE2JS, RE2JSSyntaxException } from "re2js";
import type { z } from "zod";
import { text } from "./text.js";

/** Regular expression of the path of an HTTP request. */
export function httpPath(description: string): z.ZodString {
  return text(description, (value) => {
    if (!value.startsWith("/")) return `"${value}" is not a path; it begins with /`;
    const problem = re2Problem(value);
    return problem && `"${value}" is not a regular expression that Cilium takes (RE2): ${problem}`;
  }).meta({ examples: ["/v2/.*"] });
}

/** Why Go's regexp or the RE2 of Envoy refuses a pattern: both read it (https://github.com/google/re2/wiki/Syntax). */
function re2Problem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    return error.message.replace(/^error parsing regexp: /, "");
  }
  // RE2JS has further classes of characters, such as Alphabetic.
  const [unknown] = [...pattern.matchAll(/\\p\{\^?(\w+)\}/gi)].filter(([, name]) => !isCharacterClass(name!));
  return unknown && `invalid character class range: \`${unknown[0]}\``;
}

/** Whether it is a general category or a script of Unicode. */
function isCharacterClass(name: string): boolean {
  if (/^(Any|C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/.test(name)) return true;
  try {
    return Boolean(new RegExp(`\\p{Script=${name}}`, "u"));
  } catch {
    return false;
  }
}
