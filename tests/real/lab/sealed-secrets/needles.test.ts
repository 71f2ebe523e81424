import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inBase64, needlesBelow, watchProcesses } from "./needles.js";

describe("the search for needles", () => {
  it("finds them in files of any folder, plain and in base64 wherever it begins", () => {
    const folder = mkdtempSync(join(tmpdir(), "needles-"));
    try {
      mkdirSync(join(folder, "inner"));
      writeFileSync(join(folder, "clean"), "nothing");
      writeFileSync(join(folder, "inner/plain"), "\0\xff a needle here");
      ["", "x", "xy", "xyz"].forEach((before, index) =>
        writeFileSync(join(folder, `base64-${index}`), btoa(`${before}needle and more`)),
      );
      assert.deepEqual(needlesBelow(folder, { secret: "needle", other: "hay" }), [
        "secret in base64-0",
        "secret in base64-1",
        "secret in base64-2",
        "secret in base64-3",
        "secret in inner/plain",
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("uses only what a text's neighbours cannot change", () => {
    for (const form of inBase64("0123456789abcdef")) assert.ok(form.length >= 20, form);
  });

  it("finds them in the arguments and the environment of processes, while this one stands still", async () => {
    const stop = await watchProcesses({
      argument: "needle-5e1f",
      variable: "needle-77aa",
      absent: "needle-0000",
    });
    // Two programs, so that the shell cannot become the one it starts.
    spawnSync("sh", ["-c", "sleep 0.5; true", "needle-5e1f"], { env: { ...process.env, A: "needle-77aa" } });
    const { programs, found } = await stop();
    assert.ok(programs.includes("sleep"));
    assert.deepEqual(found.sort(), [
      "argument in the arguments of sh",
      "variable in the environment of sh",
      "variable in the environment of sleep",
    ]);
  });
});
