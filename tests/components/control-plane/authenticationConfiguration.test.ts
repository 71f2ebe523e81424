import assert from "node:assert/strict";
import { authenticationConfigurationFile } from "../../../components/control-plane/authenticationConfiguration.js";
import { hashedPath } from "../../../components/control-plane/nodeFile.js";

describe("authenticationConfigurationFile", () => {
  const file = authenticationConfigurationFile();

  it("answers anonymous requests on the three health endpoints alone", () => {
    assert.equal(
      file.content,
      [
        "apiVersion: apiserver.config.k8s.io/v1",
        "kind: AuthenticationConfiguration",
        "anonymous:",
        "  enabled: true",
        "  conditions:",
        "    - path: /livez",
        "    - path: /readyz",
        "    - path: /healthz",
        "",
      ].join("\n"),
    );
  });

  it("carries its content in its name, and is root's alone", () => {
    assert.equal(file.path, hashedPath("/etc/kubernetes/authentication/authentication.yaml", file.content));
    assert.equal(file.mode, "0600");
  });
});
