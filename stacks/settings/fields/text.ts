import { z } from "zod";
import { didYouMean, type Mend } from "../../../components/common/mend.js";
import { looksSecret } from "../misplacedSecrets.js";

/** What is wrong with a value, and how it is mended. */
export interface Fault {
  message: string;
  mend?: Mend;
}

/** A check that either passes (undefined) or says what is wrong with the value. */
export type Check = (value: string) => Fault | string | undefined;

/**
 * Returns a string setting with one check of its own and a description for editors. The check's message says what was found
 * and what is allowed. A mend may be offered untried: mends.ts takes it back where it would be refused. problems.ts puts the key in
 * front and the mend behind.
 */
export function text(description: string, check: Check): z.ZodString {
  return z
    .string()
    .superRefine((value, context) => {
      const found = invisibleFault(value) ?? check(value);
      if (found === undefined) return;
      const { message, mend }: Fault = typeof found === "string" ? { message: found } : found;
      context.addIssue({ code: "custom", message, params: { mend } });
    })
    .describe(description);
}

/** An address with a query; undefined without one. */
export function queryFault(value: string): Fault | undefined {
  return /[?#]/.test(value)
    ? {
        message: "the address has a query, which may hold a credential",
        mend: didYouMean(value.replace(/\/*[?#].*$/s, "")),
      }
    : undefined;
}

/** A name that somebody else has given, of any letters. */
export function anyName(description: string, example: string): z.ZodString {
  return text(description, (value) => {
    if (value.trim() === "") return "the text is empty";
    return value === value.trim()
      ? undefined
      : { message: `"${value}" begins or ends with a space`, mend: didYouMean(value.trim()) };
  }).meta({
    examples: [example],
  });
}

const invisible = /(?![\n\r\t])[\p{Cc}\p{Cf}]/gu;

/** A text with characters that nobody sees, such as a zero-width space that came with copying; undefined without any. */
export function invisibleFault(value: string): Fault | undefined {
  const seen = value.replace(invisible, "");
  if (seen === value) return undefined;
  const what = "has a character that cannot be seen";
  if (looksSecret(seen)) return { message: `the value given ${what}` };
  const shown = value.replace(invisible, (sign) => `\\u{${sign.codePointAt(0)!.toString(16).toUpperCase()}}`);
  return { message: `"${shown}" ${what}`, mend: didYouMean(seen) };
}
