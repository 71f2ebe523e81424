import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3 } from "../../../../cli/lab/node/internet/s3.js";

describe("the S3 server of a node", () => {
  const folder = mkdtempSync(join(tmpdir(), "s3-of-node-"));
  const started: { child: ChildProcess; command: string[]; keys: string }[] = [];
  const s3 = new S3({
    ...{ rclone: "rclone", folder, address: "127.0.0.1:8056" },
    start: (command, env) => {
      const child = spawn("sleep", ["60"]);
      started.push({ child, command, keys: env["RCLONE_AUTH_KEY"]! });
      return child;
    },
    answers: () => Promise.resolve(),
  });
  const key = (name: string) => ({ accessKey: name, secretKey: `secret of ${name}` });
  after(() => {
    for (const { child } of started) child.kill();
    rmSync(folder, { recursive: true });
  });

  it("is started for the first request, and anew for the first one after a key was added", async () => {
    s3.accept(key("one"));
    s3.accept(key("two"));
    assert.equal(started.length, 0);
    const asked = await Promise.all([s3.address(), s3.address()]);
    assert.deepEqual(asked.map(String), ["http://127.0.0.1:8056/", "http://127.0.0.1:8056/"]);
    s3.accept(key("three"));
    await Promise.all([s3.address(), s3.address()]);
    assert.deepEqual(
      started.map(({ keys }) => keys),
      [
        '"one,secret of one","two,secret of two"',
        '"one,secret of one","two,secret of two","three,secret of three"',
      ],
    );
    assert.deepEqual(started[0]!.command, ["rclone", "serve", "s3", "--addr", "127.0.0.1:8056", folder]);
    assert.deepEqual(
      started.map(({ child }) => child.signalCode),
      ["SIGTERM", null],
    );
  });

  it("has a folder for each bucket", () => {
    s3.makeBucket("backups");
    assert.ok(existsSync(join(folder, "backups")));
  });
});
