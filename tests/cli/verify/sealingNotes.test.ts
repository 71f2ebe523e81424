import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { sealingNotes } from "../../../cli/verify/checks/secrets/sealingNotes.js";
import { selfSignedPair } from "../../kit/selfSigned.js";

describe("notes on sealing certificates", () => {
  const years = (certificate: string, count: number) =>
    new Date(Date.parse(new X509Certificate(certificate).validTo) - count * 365 * 86_400_000);

  it("name a generated one three years before it ends, and after", async () => {
    const { cert: certificate } = await selfSignedPair("sealed-secrets first");
    const end = new Date(new X509Certificate(certificate).validTo).toISOString().slice(0, 10);
    const note = `the certificate CN=sealed-secrets first of a sealing key ends on ${end}; pulumi up then fails, because it would replace what is protected. Give the pair to the settings before: docs/guides/renew-a-sealing-key.md.`;
    assert.deepEqual(sealingNotes([certificate], years(certificate, 4)), []);
    assert.deepEqual(sealingNotes([certificate], years(certificate, 2)), [note]);
    assert.deepEqual(sealingNotes([certificate], years(certificate, -1)), [note]);
  });

  it("say nothing of one that was given: Pulumi does not renew it", async () => {
    const { cert: certificate } = await selfSignedPair("old.example.com");
    assert.deepEqual(sealingNotes([certificate], years(certificate, -1)), []);
  });
});
