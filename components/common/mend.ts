/**
 * How a mistake in the settings is mended. All but a choice are one change: it is accepted when it is made, opens nothing that
 * was not asked for, renames nothing that exists, and reads no number as another one.
 */
export type Mend =
  /** Another text in the place of what was found, or of the part of it that is named. */
  | { replace: string; part?: string }
  /** The same value under another key. */
  | { rename: string }
  /** What was found, or the part of it that is named, taken out. */
  | { remove: true; part?: string }
  /** What only the user knows or decides, as an order: "give another name". */
  | { choice: string };

/** Offers a text that is probably meant; nothing without one. */
export function didYouMean(candidate: string | undefined): Mend | undefined {
  return candidate ? { replace: candidate } : undefined;
}

export const takeOut: Mend = { remove: true };

export const choice = (words: string): Mend => ({ choice: words });

/** The end of a message that says how to mend it. */
export function mendWords(mend: Mend | undefined): string {
  if (!mend) return "";
  if ("choice" in mend) return `; ${mend.choice}`;
  if ("remove" in mend) return `; take ${mend.part ?? "it"} out`;
  return `; did you mean ${"rename" in mend ? mend.rename : mend.replace}?`;
}
