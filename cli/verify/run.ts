import { unchecked, type Concern, type Finding } from "./claim.js";
import { concerns as allConcerns } from "./claims/index.js";
import type { Target } from "./cluster/target.js";

/** A claim with what was found about it. */
export interface Outcome extends Finding {
  concern: string;
  claim: string;
}

/** Checks one claim after the other. What the checks make in the cluster stays until `target.scratch.remove()`. */
export async function checkClaims(
  target: Target,
  concerns: Concern[] = allConcerns,
  onClaim: (claim: string) => void = () => {},
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { concern, claims } of concerns) {
    for (const { claim, check } of claims) {
      onClaim(`${concern}: ${claim}`);
      const finding = await check(target).catch((error: Error) =>
        unchecked(`could not be checked: ${error.message}`),
      );
      outcomes.push({ concern, claim, ...finding });
    }
  }
  return outcomes;
}

/**
 * Checks all claims, and leaves the cluster as it was.
 *
 * @throws UserError when what the checks have made cannot be removed.
 */
export async function verify(target: Target, concerns?: Concern[]): Promise<Outcome[]> {
  try {
    return await checkClaims(target, concerns);
  } finally {
    await target.scratch.remove();
  }
}

/** False when a claim failed. */
export function holds(outcomes: Outcome[]): boolean {
  return outcomes.every(({ status }) => status !== "failed");
}
