import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concerns } from "../../../cli/verify/claims/index.js";
import { checkClaims, type Outcome } from "../../../cli/verify/run.js";
import { fakeTarget, type Answer } from "./fakeTarget.js";
import { hurried } from "./hurry.js";
import { apiActivity } from "./pairs/apiActivity.js";
import { backupFailures } from "./pairs/backupFailures.js";
import { dataLoss } from "./pairs/dataLoss.js";
import { expiredCertificates } from "./pairs/expiredCertificates.js";
import { networkIsolation } from "./pairs/networkIsolation.js";
import { differences, type Pairs, type Scene } from "./pairs/pair.js";
import { secretsAtRest } from "./pairs/secretsAtRest.js";
import { secretsInGit } from "./pairs/secretsInGit.js";
import { unauthorizedAccess } from "./pairs/unauthorizedAccess.js";
import { unscannedImages } from "./pairs/unscannedImages.js";

const tables: Record<string, Pairs> = {
  "Secrets in Git": secretsInGit,
  "Unscanned images": unscannedImages,
  "Expired TLS certs": expiredCertificates,
  "Data loss": dataLoss,
  "Network isolation": networkIsolation,
  "Backup failures": backupFailures,
  "Unauthorized cluster access": unauthorizedAccess,
  "API activity visibility": apiActivity,
  "Secrets at rest": secretsAtRest,
};

describe("every claim is proved by its effect, and not proved without it", () => {
  for (const { concern, mitigation, claims } of concerns) {
    const table = tables[concern] ?? {};
    for (const { claim, check } of claims) {
      const outcomeIn = async (make: (folder: string) => Scene | Promise<Scene>) => {
        const folder = mkdtempSync(join(tmpdir(), "pair-"));
        const scene = await make(folder);
        try {
          const target = fakeTarget(scene.answers ?? {}, scene.options);
          if (scene.server) target.api.server = scene.server;
          const [outcome] = await checkClaims(target, [{ concern, mitigation, claims: [{ claim, check }] }]);
          return { outcome: outcome!, answers: scene.answers ?? {} };
        } finally {
          scene.close?.();
          rmSync(folder, { recursive: true });
        }
      };

      it(`${concern}: ${claim}`, async () => {
        const found = Object.keys(table).filter((beginning) => claim.startsWith(beginning));
        assert.equal(
          found.length,
          1,
          `${found.length} pairs in tests/cli/verify/pairs begin as the claim does`,
        );
        const pair = table[found[0]!]!;
        if (typeof pair === "string") {
          assert.equal((await outcomeIn(() => ({}))).outcome.status, "unchecked");
          return;
        }
        const there = await outcomeIn((folder) => pair.there(folder));
        const missing = await hurried(() => outcomeIn((folder) => pair.missing(folder)));
        const told = ({ status, evidence }: Outcome) => `${status}: ${evidence}`;
        assert.match(told(there.outcome), /^proved: /);
        assert.match(told(missing.outcome), /^(failed|unchecked): (?!could not be checked)/);
        assertOneEffect(there.answers, missing.answers);
      });
    }

    it(`${concern}: there is no pair without a claim`, () => {
      const left = Object.keys(table).filter(
        (beginning) => !claims.some(({ claim }) => claim.startsWith(beginning)),
      );
      assert.deepEqual(left, []);
    });
  }
});

/** The same objects are there, and no more than one differs; whatever else does is made for a request, or on the node. */
function assertOneEffect(there: Record<string, Answer>, missing: Record<string, Answer>): void {
  assert.deepEqual(Object.keys(missing).sort(), Object.keys(there).sort());
  const changed = differences(there, missing);
  assert.ok(changed.length <= 1, changed.join("; "));
}

describe("a pair", () => {
  const cases: [one: object, other: object, places: string[]][] = [
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1, b: 2 }, { a: 2, b: 3 }, ["answers"]],
    [{ a: { b: [1, 2], c: 3 } }, { a: { b: [1, 3], c: 4 } }, ["answers, a", "answers, a, b"]],
    [{ a: { b: 1 }, c: { d: 1 } }, { a: { b: 2 }, c: { d: 2 } }, ["answers, a", "answers, c"]],
    [{ a: [1] }, { a: [1, 2] }, ["answers, a"]],
    [{ a: {} }, { a: { b: 1 } }, ["answers, a"]],
  ];
  for (const [one, other, places] of cases) {
    it(`of ${JSON.stringify(one)} and ${JSON.stringify(other)} differs in ${places.length}`, () =>
      assert.deepEqual(differences(one, other), places));
  }
});
