import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const lightSdk = fileURLToPath(new URL("../../../components/common/lightSdk.cjs", import.meta.url));

/** What a script prints that has loaded the SDK, the light way. */
function printed(script: string): string {
  const loaded = `
    const pulumi = require("@pulumi/pulumi");
    const heavy = () => Object.keys(require.cache).filter((file) => /typescript.lib|arborist.lib.arborist/.test(file)).length;`;
  const args = ["--no-warnings", "--require", lightSdk, "--eval", loaded + script];
  return execFileSync(process.execPath, args, { encoding: "utf8" }).trim();
}

describe("the light SDK", () => {
  it("is loaded without the compiler and npm's package trees", () => {
    assert.equal(printed("console.log(heavy())"), "0");
  });

  it("serializes functions and reads package trees all the same", () => {
    const script = `
      const seven = 7;
      const sdk = require("node:module").createRequire(require.resolve("@pulumi/pulumi"));
      const { Arborist } = sdk("@npmcli/arborist");
      const reader = new Arborist({ path: process.cwd() });
      pulumi.runtime.serializeFunction(() => seven + 1).then(({ text }) => console.log(text, typeof reader.loadActual, heavy()));`;
    assert.match(printed(script), /seven: 7[^]*=> seven \+ 1[^]* function [1-9]\d*$/);
  });
});
