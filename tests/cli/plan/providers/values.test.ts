import assert from "node:assert/strict";
import { specialSecretSig, specialSigKey, unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import {
  exportedSecret,
  isExportedSecret,
  isSecret,
  secret,
  unknown,
} from "../../../../cli/plan/providers/values.js";

describe("values as Pulumi sends them", () => {
  it("are marked as its SDK marks them", () => {
    assert.equal(unknown, unknownValue);
    assert.deepEqual(secret("a"), { [specialSigKey]: specialSecretSig, value: "a" });
    assert.deepEqual(exportedSecret(["a"]), { [specialSigKey]: specialSecretSig, plaintext: '["a"]' });
  });

  it("are recognized by the mark", () => {
    assert.ok(isSecret(secret("a")) && isExportedSecret(exportedSecret("a")));
    const encrypted = { [specialSigKey]: specialSecretSig, ciphertext: "v1:…" };
    for (const value of [encrypted, { plaintext: '"a"' }, secret("a"), "a", ["a"], null]) {
      assert.ok(!isExportedSecret(value));
    }
    for (const value of [{ value: "a" }, "a", ["a"], null]) assert.ok(!isSecret(value));
  });
});
