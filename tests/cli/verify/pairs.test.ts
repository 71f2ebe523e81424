import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { concerns } from "../../../cli/verify/claims/index.js";
import type { Target } from "../../../cli/verify/cluster/target.js";
import { checkClaims, type Outcome } from "../../../cli/verify/run.js";
import { hurried } from "./hurry.js";
import { apiActivity } from "./pairs/apiActivity.js";
import { backupFailures } from "./pairs/backupFailures.js";
import { dataLoss } from "./pairs/dataLoss.js";
import { expiredCertificates } from "./pairs/expiredCertificates.js";
import { networkIsolation } from "./pairs/networkIsolation.js";
import { neverProved } from "./pairs/neverProved.js";
import { changes, observed, type Observed } from "./pairs/observed.js";
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
      const outcomeIn = (make: (folder: string) => Scene | Promise<Scene>): Promise<Observed<Outcome>> =>
        observed(make, async (target) => {
          const [outcome] = await checkClaims(target, [{ concern, mitigation, claims: [{ claim, check }] }]);
          return outcome!;
        });
      const told = ({ status, evidence }: Outcome) => `${status}: ${evidence}`;

      if (claim in neverProved) {
        it(`${concern}: ${claim}: unchecked at best, for ${neverProved[claim]!.why}`, async () => {
          const { result } = await outcomeIn(() => neverProved[claim]!.best);
          assert.match(told(result), /^unchecked: (?!could not be checked)/);
        });
        continue;
      }
      it(`${concern}: ${claim}`, async () => {
        const found = Object.keys(table).filter((beginning) => claim.startsWith(beginning));
        assert.equal(
          found.length,
          1,
          `${found.length} pairs in tests/cli/verify/pairs begin as the claim does`,
        );
        const pair = table[found[0]!]!;
        assert.notEqual(pair.missing.length, 0);
        for (const without of pair.missing) {
          const there = await outcomeIn((folder) => pair.there(folder));
          const missing = await hurried(() => outcomeIn((folder) => without(folder)));
          assert.match(told(there.result), /^proved: /);
          assert.match(told(missing.result), /^(failed|unchecked): (?!could not be checked)/);
          assertOneEffect(there, missing);
        }
      });
    }

    it(`${concern}: there is no pair without a claim`, () => {
      const left = Object.keys(table).filter(
        (beginning) => !claims.some(({ claim }) => claim.startsWith(beginning) && !(claim in neverProved)),
      );
      assert.deepEqual(left, []);
    });
  }

  it("but for those that nothing could prove, each of which there is", () => {
    const all = concerns.flatMap(({ claims }) => claims.map(({ claim }) => claim));
    assert.deepEqual(
      Object.keys(neverProved).filter((claim) => !all.includes(claim)),
      [],
    );
  });
});

/** The same objects and settings are there, and no more than one thing differs. */
function assertOneEffect(there: Observed<Outcome>, missing: Observed<Outcome>): void {
  for (const part of ["answers", "options"] as const)
    assert.deepEqual(Object.keys(missing.shown[part]).sort(), Object.keys(there.shown[part]).sort(), part);
  const changed = changes(there, missing);
  assert.ok(changed.length <= 1, changed.join("; "));
}

describe("a pair", () => {
  const cases: [one: object, other: object, places: string[]][] = [
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1, b: 2 }, { a: 2, b: 3 }, ["scene"]],
    [{ a: { b: [1, 2], c: 3 } }, { a: { b: [1, 3], c: 4 } }, ["scene, a", "scene, a, b"]],
    [{ a: { b: 1 }, c: { d: 1 } }, { a: { b: 2 }, c: { d: 2 } }, ["scene, a", "scene, c"]],
    [{ a: [1] }, { a: [1, 2] }, ["scene, a"]],
    [{ a: {} }, { a: { b: 1 } }, ["scene, a"]],
  ];
  for (const [one, other, places] of cases) {
    it(`of ${JSON.stringify(one)} and ${JSON.stringify(other)} differs in ${places.length}`, () =>
      assert.deepEqual(differences(one, other), places));
  }

  const asking = async ({ api, web }: Target) => {
    for (const path of ["/a", "/b"]) await api.request({ path });
    await web("https://example.com/").catch(() => {});
  };
  const scene = (change: { one?: string; other?: string; web?: string; file?: string; email?: string }) => {
    const { one = "", other = "", web = "", file = "", email = "ops@example.dev" } = change;
    return (folder: string): Scene => {
      writeFileSync(join(folder, "file"), file);
      return {
        answers: {
          "/a": () => ({ body: JSON.stringify({ one, at: randomBytes(4).toString("hex") }) }),
          "/b": () => ({ body: other }),
        },
        options: {
          settings: { "certificates.acme.email": email },
          nodeRoot: folder,
          web: () => Promise.resolve({ status: 200, body: web, distrust: undefined, chain: [] }),
        },
      };
    };
  };
  const made: [change: Parameters<typeof scene>[0], places: string[]][] = [
    [{}, []],
    [{ one: "x" }, ["/a"]],
    [{ one: "x", other: "y" }, ["/a", "/b"]],
    [{ web: "x" }, ["web"]],
    [{ file: "x" }, ["scene, files, file"]],
    [{ email: "dev@example.dev", web: "x" }, ["scene, options, settings", "web"]],
  ];
  for (const [change, places] of made) {
    it(`with ${JSON.stringify(change)} changed differs in ${places.length}`, async () => {
      const [there, missing] = [await observed(scene({}), asking), await observed(scene(change), asking)];
      assert.deepEqual(changes(there, missing), places);
    });
  }
});
