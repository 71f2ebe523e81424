import { appendFileSync } from "node:fs";

/**
 * Skips a test, or in a hook all of its tests, and says why: there, and next to the sums of `npm test`.
 *
 * @param reason What is missing here, and how to get it.
 */
export function skip(context: Mocha.Context, reason: string): never {
  console.log(`      skipped: ${reason}`);
  const title = (context.currentTest ?? context.test!).titlePath().join(" › ");
  const file = process.env["TEST_SKIPS"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ title, reason })}\n`);
  return context.skip();
}

/** Skips where the tests do not run as root. */
export function demandRoot(context: Mocha.Context): void {
  if (process.getuid!() !== 0) skip(context, "only root may give files to others");
}
