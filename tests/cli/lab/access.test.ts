import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inLabsFolder } from "../../../cli/lab/lock.js";

describe("the folder of labs", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "labs-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is not used by another user, who is told whose it is", () => {
    const { getuid, seteuid } = process as Required<typeof process>;
    const isRoot = getuid() === 0;
    // Root may do anything; anybody else is kept out of a folder of their own by its mode.
    if (isRoot) seteuid(65534);
    else chmodSync(folder, 0);
    try {
      assert.throws(() => inLabsFolder(folder, () => readdirSync(folder)), {
        name: "UserError",
        message: `${folder} holds the labs of user ${getuid()}, and user ${process.geteuid!()} may not use it. Run labs as that user, or in a checkout of your own`,
      });
    } finally {
      if (isRoot) seteuid(0);
      else chmodSync(folder, 0o700);
    }
  });
});
