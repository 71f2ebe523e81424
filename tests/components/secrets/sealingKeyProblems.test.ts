import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { listProblem, orderProblem, pairProblem } from "../../../components/secrets/sealingKeyProblems.js";
import { keyPair } from "./keyPairs.js";

describe("problems of sealing keys", () => {
  const older = keyPair("2024-02-01T08:00:00Z");
  const newer = keyPair("2025-03-01T09:30:00Z");
  const placeholder = "-----BEGIN CERTIFICATE-----\nplaceholder\n-----END CERTIFICATE-----\n";

  describe("a list", () => {
    const late =
      "sealing key b is listed last, but a starts later (2025-03-01T09:30:00.000Z, not 2024-02-01T08:00:00.000Z) " +
      "and the controller seals with the latest; list the keys oldest first";
    const cases: Record<string, [keys: Parameters<typeof listProblem>[0], problem: string | undefined]> = {
      "of none": [[], "Sealed Secrets needs at least one sealing key"],
      "of generated keys": [[{ name: "a" }, { name: "b" }], undefined],
      "with a certificate alone": [
        [{ name: "a", certificate: older.certificate }],
        "sealing key a: certificate and privateKey are given together or not at all",
      ],
      "with a private key alone": [
        [{ name: "a" }, { name: "b", privateKey: older.privateKey }],
        "sealing key b: certificate and privateKey are given together or not at all",
      ],
      "oldest first": [
        [
          { name: "a", ...older },
          { name: "b", ...newer },
        ],
        undefined,
      ],
      "newest first": [
        [
          { name: "a", ...newer },
          { name: "b", ...older },
        ],
        late,
      ],
      "newest first, with a generated one between": [
        [{ name: "a", ...newer }, { name: "x" }, { name: "b", ...older }],
        late,
      ],
      "newest first, then a generated one": [
        [{ name: "a", ...newer }, { name: "b", ...older }, { name: "c" }],
        undefined,
      ],
    };
    for (const [what, [keys, problem]] of Object.entries(cases)) {
      it(`${what}: ${problem ? "refused" : "accepted"}`, () => assert.equal(listProblem(keys), problem));
    }
  });

  describe("an order", () => {
    it("counts certificates that start together as right, because both unseal", () => {
      assert.equal(orderProblem(["a", "b"], [older.certificate, older.certificate]), undefined);
    });

    it("passes over placeholders", () => {
      assert.equal(orderProblem(["a", "b"], [newer.certificate, placeholder]), undefined);
      assert.equal(orderProblem(["a", "b"], [placeholder, older.certificate]), undefined);
      assert.match(
        orderProblem(["a", "b", "c"], [placeholder, newer.certificate, older.certificate])!,
        /^sealing key c is listed last, but b starts later/,
      );
    });
  });

  describe("a pair", () => {
    const { privateKey: elliptic } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const cases: [what: string, certificate: string, privateKey: string, problem: string | undefined][] = [
      ["that belongs together", older.certificate, older.privateKey, undefined],
      [
        "of two",
        older.certificate,
        newer.privateKey,
        "sealing key a: the private key does not belong to the certificate",
      ],
      [
        "that is not RSA",
        older.certificate,
        elliptic,
        "sealing key a: the private key is not RSA, the only kind the controller reads",
      ],
      ["with a placeholder for a certificate", placeholder, older.privateKey, undefined],
      ["with a placeholder for a key", older.certificate, "-----BEGIN PRIVATE KEY-----\nx\n", undefined],
    ];
    for (const [what, certificate, privateKey, problem] of cases) {
      it(`${what}: ${problem ? "refused" : "accepted"}`, () =>
        assert.equal(pairProblem("a", certificate, privateKey), problem));
    }
  });
});
