import assert from "node:assert/strict";
import type { Status } from "../../../cli/verify/claim.js";
import { fakeTarget, findingOf, type Answer, type FakeOptions } from "./fakeTarget.js";

/** What a claim finds in a cluster, by its status and when it has that. */
export type Cases = Record<
  `${Status}: ${string}`,
  [answers: Record<string, Answer>, evidence: string | RegExp, options?: FakeOptions]
>;

/** @param all What the cluster has in every case. Default: nothing. */
export function claims(
  concern: string,
  claim: string,
  cases: Cases,
  all: FakeOptions & { answers?: Record<string, Answer> } = {},
): void {
  const { answers: always, ...optionsOfAll } = all;
  describe(`${concern}: ${claim}`, () => {
    for (const [title, [answers, evidence, options]] of Object.entries(cases)) {
      it(title, async () => {
        const target = fakeTarget({ ...always, ...answers }, { ...optionsOfAll, ...options });
        const finding = await findingOf(concern, claim, target);
        if (typeof evidence === "string") assert.equal(finding.evidence, evidence);
        else assert.match(finding.evidence, evidence);
        assert.equal(finding.status, title.split(":")[0]);
      });
    }
  });
}

export const simulated: FakeOptions = { simulatedPods: true };
export const recorded = (
  chart: "sealed-secrets" | "harbor" | "velero" | "cilium" | "cert-manager",
): FakeOptions => ({
  recorded: new Set([chart]),
});
export const recordedEvidence = (chart: string): string =>
  `the release of ${chart} is recorded, not installed: its chart could not be had; give it by --charts`;

export const withoutDrill = { "backups.jobs.restoreDrill.velero.enabled": false };
export const condition = (type: string, status: string, message?: string) => ({
  conditions: [{ type, status, message }],
});
export const deployments = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;
export const daemonSets = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/daemonsets`;
