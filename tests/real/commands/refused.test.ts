import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { folderOfTest } from "../../kit/folder.js";
import { runCommand } from "../../kit/runCommand.js";

describe("what no command can work with", function () {
  this.timeout(60_000);
  const folder = folderOfTest();

  it("is a checkout before npm ci", () => {
    for (const path of ["cli", "components", "package.json"])
      cpSync(join(projectFolder, path), folder(path), { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, [folder("cli/cluster-security.cjs"), "--help"], {
      encoding: "utf8",
    });
    assert.deepEqual([status, stderr], [1, "The packages of this project are not installed. Run: npm ci\n"]);
  });

  for (const text of ["", "{}", "[]", '["x"]', "# a title", '["'])
    it(`is a file of sealing certificates with ${JSON.stringify(text)}`, async () => {
      const file = folder("certificates");
      writeFileSync(file, text);
      const { status, stderr } = await runCommand([
        ...["verify", "--sealing-certificates", file],
        ...["--kubeconfig", folder("none")],
      ]);
      assert.equal(status, 1);
      assert.match(
        stderr,
        /: no list of certificates, and no certificate in PEM form\. Write it with: pulumi /,
      );
    });

  for (const address of ["foo", "127.0.0.1:2379", "http://127.0.0.1:2379"])
    it(`is ${address} as the address of etcd`, async () => {
      const { status, stderr } = await runCommand(["verify", "--etcd-endpoint", address]);
      assert.equal(status, 2);
      assert.match(
        stderr,
        /^error: option '--etcd-endpoint <url>' argument '.*' is invalid\. It is an address such as https:/,
      );
    });
});
