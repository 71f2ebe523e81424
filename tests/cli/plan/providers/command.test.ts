import assert from "node:assert/strict";
import { command } from "../../../../cli/plan/providers/command.js";
import { asked } from "./bridge.js";

describe("the stand-in for commands", () => {
  const remote = asked(command, "command:remote:Command");
  const inputs = { create: "exit 1", stdin: "a" };

  it("records them and runs nothing", async () => {
    const { id, outputs } = await remote.create(inputs);
    assert.match(id, /^x[0-9a-f]{8}$/);
    assert.deepEqual(outputs, { ...inputs, stdout: "", stderr: "" });
  });

  it("updates in place whatever changes, and a preview shows the last output", async () => {
    const news = { ...inputs, stdin: "b" };
    assert.deepEqual(await remote.changed(inputs, news), ["update stdin"]);
    assert.deepEqual(await remote.updated(inputs, news, true), { ...news, stdout: "", stderr: "" });
  });
});
