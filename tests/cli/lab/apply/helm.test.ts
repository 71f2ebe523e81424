import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { helmWith } from "../../../../cli/lab/apply/helm.js";
import { folderOfTest } from "../../../kit/folder.js";

describe("helm", () => {
  const folder = folderOfTest();

  /** A program in place of helm, which notes how it was called. */
  function noting(status = 0): string {
    const program = folder("helm");
    const script = [
      "#!/bin/sh",
      `cat /proc/$$/cmdline | tr '\\0' ' ' > ${folder()}/argv`,
      `for file; do :; done`,
      `for word; do case $word in */values-*) stat -c %a "$word" > ${folder()}/mode; cat "$word" > ${folder()}/values;; esac; done`,
      `stat -c %a ${folder()}/scratch > ${folder()}/folder`,
      "echo said >&2",
      `exit ${status}`,
    ];
    writeFileSync(program, script.join("\n"));
    chmodSync(program, 0o755);
    return program;
  }
  const text = (name: string) => readFileSync(folder(name), "utf8").trim();

  for (const status of [0, 1]) {
    it(`takes values from a file of its owner alone, which is gone afterwards (status ${status})`, async () => {
      const helm = helmWith(noting(status), "/kubeconfig", folder("scratch"));
      const running = helm(["upgrade", "x"], {}, [{ password: "needle" }]);
      if (status === 0) await running;
      else await assert.rejects(running, { message: "said" });
      assert.equal(text("mode"), "600");
      assert.equal(text("folder"), "700");
      assert.deepEqual(JSON.parse(text("values")), { password: "needle" });
      assert.doesNotMatch(text("argv"), /needle/);
      assert.match(text("argv"), /helm upgrade x --values \S+ --kubeconfig \/kubeconfig$/);
      assert.deepEqual(readdirSync(folder("scratch")), []);
    });
  }

  it("removes what a killed run has left", () => {
    const scratch = folder("scratch");
    mkdirSync(scratch);
    writeFileSync(join(scratch, "values-1.json"), "needle");
    helmWith("helm", "/kubeconfig", scratch);
    assert.equal(existsSync(scratch), false);
  });
});
