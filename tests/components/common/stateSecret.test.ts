import assert from "node:assert/strict";
import { objectsOf, run, musashi } from "../../stacks/program.js";

describe("Secrets that come back from the state", () => {
  it("keep their metadata secret in it, where kubectl apply has put a copy of what they hold", async () => {
    const { stack } = await run(musashi);
    const secrets = objectsOf(stack).filter(({ inputs }) => inputs["kind"] === "Secret");
    assert.ok(secrets.length > 10);
    assert.deepEqual(
      secrets
        .filter(({ additionalSecretOutputs }) => !additionalSecretOutputs.includes("metadata"))
        .map(({ name }) => name),
      // Nobody's secret.
      ["restore-sample-secret"],
    );
    // What comes of a name is none.
    const issuer = stack.one("kubernetes:cert-manager.io/v1:ClusterIssuer", "issuers-letsencrypt-prod");
    assert.equal(issuer.isSecret("spec"), false);
  });
});
