import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeLayout } from "../../../../cli/lab/node/image.js";
import { membersOf } from "../../../kit/tar.js";
import { folderOfSuite } from "../../../kit/folder.js";

describe("images of binaries", () => {
  const folder = folderOfSuite();
  before(() => {
    writeFileSync(folder("program"), "a program");
    symlinkSync("program", folder("link"));
  });

  const blob = (layout: string, digest: string) =>
    readFileSync(join(layout, "blobs", digest.replace(":", "/")));
  const json = (content: Buffer) => JSON.parse(content.toString());

  it("are a layout in which every digest and size is that of the blob, and the layer has the files", async () => {
    const layout = folder("layout");
    const files = { "/usr/bin/program": folder("program"), "/link": folder("link") };
    await writeLayout(layout, [{ name: "example.org/a:1", files, entrypoint: ["program"], env: { A: "b" } }]);
    for (const sum of readdirSync(join(layout, "blobs/sha256"))) {
      const content = readFileSync(join(layout, "blobs/sha256", sum));
      assert.equal(createHash("sha256").update(content).digest("hex"), sum);
    }
    const { manifests } = json(readFileSync(join(layout, "index.json")));
    assert.equal(manifests.length, 1);
    assert.equal(manifests[0].annotations["io.containerd.image.name"], "example.org/a:1");
    const manifest = json(blob(layout, manifests[0].digest));
    for (const part of [manifests[0], manifest.config, ...manifest.layers])
      assert.equal(blob(layout, part.digest).length, part.size);
    const config = json(blob(layout, manifest.config.digest));
    assert.deepEqual(config.config.Entrypoint, ["program"]);
    assert.match(config.config.Env[0], /^PATH=/);
    assert.deepEqual(config.config.Env.slice(1), ["A=b"]);
    assert.deepEqual(config.rootfs.diff_ids, [manifest.layers[0].digest]);

    const members = await membersOf(blob(layout, manifest.layers[0].digest));
    assert.deepEqual(
      members.map(({ header, text }) => [header.name, header.mode.toString(8), text]),
      [
        ["etc", "755", ""],
        ["run", "755", ""],
        ["tmp", "1777", ""],
        ["usr", "755", ""],
        ["usr/bin", "755", ""],
        ["usr/bin/program", "755", "a program"],
        ["link", "755", "a program"],
      ],
    );
  });
});
