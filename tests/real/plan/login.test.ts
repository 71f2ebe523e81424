import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { tool } from "../../../cli/kit/toolchain/tool.js";
import { runCommand } from "../../kit/runCommand.js";
import { have } from "./project.js";

describe("a command that reads the state, where nobody has logged in", () => {
  let home: string;
  beforeEach(() => (home = mkdtempSync(join(tmpdir(), "login-"))));
  afterEach(() => rmSync(home, { recursive: true }));

  it("says how to log in", async function () {
    await have(this, "pulumi");
    const PATH = [dirname(await tool("pulumi")), process.env["PATH"]].join(delimiter);
    const { status, stdout, stderr } = await runCommand(["state-check"], { env: { HOME: home, PATH } });
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(
      stderr,
      /^pulumi stack export failed:\n {2}Pulumi is not logged in .* Log in first: pulumi login, or /m,
    );
    assert.doesNotMatch(stderr, /PULUMI_ACCESS_TOKEN/);
  });
});
