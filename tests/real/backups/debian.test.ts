import assert from "node:assert/strict";
import { debian } from "./debian.js";

describe("a program of a Debian package", () => {
  const { PATH } = process.env;
  afterEach(() => (process.env["PATH"] = PATH));

  it("is found on PATH", () => {
    assert.match(debian("promtool"), /\/promtool$/);
    assert.match(debian("restic"), /\/restic$/);
  });

  it("is asked for with the line that installs it, where it is missing", () => {
    process.env["PATH"] = "/nowhere";
    assert.throws(() => debian("amtool"), {
      message:
        "amtool is not on PATH. Install it, leaving its service off:\n" +
        "  sudo apt-get install -y --no-install-recommends prometheus-alertmanager && " +
        "sudo systemctl disable --now prometheus-alertmanager",
    });
    assert.throws(() => debian("restic"), {
      message: "restic is not on PATH. Install it:\n  sudo apt-get install -y --no-install-recommends restic",
    });
  });
});
