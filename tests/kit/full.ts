/** True with FULL=1: every point of a sweep is tried, and not a sample of them. */
export const full = process.env["FULL"] === "1";

/** Prints how much of a sweep is tried, and what tries all of it. */
export function printSample(tried: number, all: number, script: string): void {
  console.log(`      ${tried} of ${all} points; all of them: npm run ${script}`);
}
