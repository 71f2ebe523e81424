import assert from "node:assert/strict";
import type { Status } from "../../../cli/verify/claim.js";
import { fakeTarget, findingOf, type Answer, type FakeOptions } from "./fakeTarget.js";

/** What a claim finds in a cluster. */
export type Case = [
  name: string,
  answers: Record<string, Answer>,
  status: Status,
  evidence: string | RegExp,
  options?: FakeOptions,
];

export function claims(concern: string, claim: string, cases: Case[]): void {
  describe(`${concern}: ${claim}`, () => {
    for (const [name, answers, status, evidence, options] of cases) {
      it(`${status}: ${name}`, async () => {
        const finding = await findingOf(concern, claim, fakeTarget(answers, options));
        if (typeof evidence === "string") assert.equal(finding.evidence, evidence);
        else assert.match(finding.evidence, evidence);
        assert.equal(finding.status, status);
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
  `the release of ${chart} is recorded, not installed: its chart, or an image of its pods, could not be had`;

export const withoutDrill = { "backups.jobs.restoreDrill.velero.enabled": false };
export const condition = (type: string, status: string, message?: string) => ({
  conditions: [{ type, status, message }],
});
export const deployments = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;
export const daemonSets = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/daemonsets`;
