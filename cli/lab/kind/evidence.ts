import type { Outcome } from "../../verify/run.js";

/** Claims that fail on a cluster which is thrown away after the test, and why. */
export const notHere: Record<string, string> = {
  "Backups go to OCI Object Storage": "the bucket is in the lab's own server, and Velero asks Oracle's",
  "The last complete backup of every schedule is no more than a day over its interval old":
    "there is no bucket to back up to",
  "letsencrypt-prod uses the ACME DNS-01 challenge via the Cloudflare API":
    "Let's Encrypt is kept out of reach, so that no account is registered there",
  "Harbor is accessed at its public name via an HTTPRoute of the Gateway": "no Gateway controller runs",
};

/** What failed and should not have, one line each. */
export function unexpectedFailures(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ status, claim }) => status === "failed" && !(claim in notHere))
    .map(({ concern, claim, evidence }) => `${concern}: ${claim}: ${evidence}`);
}
