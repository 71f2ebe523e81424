import type { Target } from "./cluster/target.js";

/** `unchecked`: whether the claim holds could not be found out here; the evidence says why, and how it can be. */
export type Status = "proved" | "failed" | "unchecked";

/** What a check found. */
export interface Finding {
  status: Status;
  /** What was seen, in words for a person. Never a value of a Secret. */
  evidence: string;
}

/** One thing the security page says about the cluster. */
export interface Claim {
  claim: string;
  /** Finds out whether it holds. What it throws counts as unchecked. */
  check(target: Target): Promise<Finding>;
}

/** A row of the page's table, with what the page says about it. */
export interface Concern {
  /** The page's own words. */
  concern: string;
  mitigation: string;
  claims: Claim[];
}

export const proved = (evidence: string): Finding => ({ status: "proved", evidence });
export const failed = (evidence: string): Finding => ({ status: "failed", evidence });
export const unchecked = (evidence: string): Finding => ({ status: "unchecked", evidence });

/** Failed when anything is wrong, and then only what is wrong is said. */
export function judged(problems: string[], evidence: string): Finding {
  return problems.length > 0 ? failed(problems.join("; ")) : proved(evidence);
}

/** One finding for several: the worst status, with the evidence of those that have it. */
export function worstOf(findings: Finding[]): Finding {
  const worst = (["failed", "unchecked", "proved"] as const).find((status) =>
    findings.some((finding) => finding.status === status),
  )!;
  const evidence = findings.filter(({ status }) => status === worst).map((finding) => finding.evidence);
  return { status: worst, evidence: [...new Set(evidence)].join("; ") };
}
