import { z } from "zod";

/** A check that either passes (undefined) or says what is wrong with the value. */
export type Check = (value: string) => string | undefined;

/**
 * Returns a string setting with one check of its own and a description for editors. The check's message says what was found,
 * what is allowed and, where it is certain, the mend; the key in front of it is added by problems.ts.
 */
export function text(description: string, check: Check): z.ZodString {
  return z
    .string()
    .superRefine((value, context) => {
      const message = check(value);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .describe(description);
}

/**
 * The question that ends a message whose mend is known. A mend is accepted when it is followed, opens nothing that was not
 * asked for, and is never another name for something that exists.
 */
export function didYouMean(candidate: string | undefined): string {
  return candidate ? `; did you mean ${candidate}?` : "";
}
