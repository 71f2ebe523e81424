import assert from "node:assert/strict";
import { hashedPath, yamlText } from "../../../components/control-plane/nodeFile.js";

describe("hashedPath", () => {
  it("puts eight hexadecimal digits of the content before the extension", () => {
    assert.equal(hashedPath("/etc/a.b/policy.yaml", "x"), "/etc/a.b/policy-2d711642.yaml");
  });

  it("changes with the content and with nothing else", () => {
    assert.equal(hashedPath("/p.yaml", "x"), hashedPath("/p.yaml", "x"));
    assert.notEqual(hashedPath("/p.yaml", "x"), hashedPath("/p.yaml", "y"));
  });
});

describe("yamlText", () => {
  it("writes flags as text, repeats what is shared, and ends each document with a line feed", () => {
    const shared = ["get"];
    assert.equal(
      yamlText({ on: "true", count: "30", first: shared, second: shared }, { long: "x ".repeat(80).trim() }),
      `on: "true"\ncount: "30"\nfirst:\n  - get\nsecond:\n  - get\n---\nlong: ${"x ".repeat(80).trim()}\n`,
    );
  });
});
