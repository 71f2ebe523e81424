import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { packageOf } from "../../../../cli/lab/official/packages.js";
import { findPlugin, linkPlugin, userPlugins } from "../../../../cli/lab/official/plugins.js";
import { standIns } from "../../../../cli/plan/providers/index.js";
import { folderOfTest } from "../../../kit/folder.js";

const random = { name: "random", version: "4.21.2" };

describe("plugins on this machine", () => {
  const folder = folderOfTest();

  /** A folder of plugins with one in it. */
  function cache(name: string, plugin: string, ...files: string[]): string {
    const path = folder(name, plugin);
    mkdirSync(path, { recursive: true });
    for (const file of files) writeFileSync(join(path, file), `${name} ${file}`);
    return folder(name);
  }

  it("are those of the version the SDK asks for", () => {
    for (const { name } of standIns({ cache: folder() }).all) {
      assert.match(packageOf(name).version, /^\d+\.\d+\.\d+$/, name);
    }
    assert.deepEqual(packageOf("random"), random);
  });

  it("are found in the first folder that has them whole", () => {
    const empty = cache("empty", "resource-random-v4.21.2");
    const older = cache("older", "resource-random-v4.21.1", "pulumi-resource-random");
    const broken = cache("broken", "resource-random-v4.21.2", "pulumi-resource-random");
    writeFileSync(join(broken, "resource-random-v4.21.2.partial"), "");
    const good = cache("good", "resource-random-v4.21.2", "pulumi-resource-random");
    const bad = [empty, older, broken, folder("absent")];
    assert.equal(findPlugin(random, bad), undefined);
    assert.equal(findPlugin(random, [...bad, good]), join(good, "resource-random-v4.21.2"));
  });

  it("are the user's own, wherever the user keeps them", () => {
    assert.equal(userPlugins({ PULUMI_HOME: "/opt/pulumi" }), "/opt/pulumi/plugins");
    assert.equal(userPlugins({}), join(homedir(), ".pulumi/plugins"));
    assert.equal(userPlugins({ PULUMI_HOME: "" }), join(homedir(), ".pulumi/plugins"));
  });

  it("lie in the engine's own folder as a real folder, and as a new one each time", () => {
    const home = folder("home");
    const one = cache("one", "resource-random-v4.21.2", "pulumi-resource-random", "LICENSE");
    const two = cache("two", "resource-random-v4.21.2", "pulumi-resource-random");
    for (const from of [one, two]) linkPlugin(join(from, "resource-random-v4.21.2"), home);
    const linked = join(home, "plugins/resource-random-v4.21.2");
    assert(lstatSync(linked).isDirectory());
    assert.equal(readFileSync(join(linked, "pulumi-resource-random"), "utf8"), "two pulumi-resource-random");
    assert.throws(() => lstatSync(join(linked, "LICENSE")));
    assert.equal(findPlugin(random, [join(home, "plugins")]), linked);
  });
});
