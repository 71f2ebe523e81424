import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";

const read = (path: string): string => readFileSync(join(projectFolder, path), "utf8");

/** Go modules known to be under the AGPL, in any major version. go.mod does not say what a module's licence is. */
const refusedModules = [
  "github.com/grafana/grafana",
  "github.com/grafana/loki",
  "github.com/grafana/mimir",
  "github.com/grafana/pyroscope",
  "github.com/grafana/tempo",
  "github.com/minio/console",
  "github.com/minio/minio",
];

/** The refused modules that a go.mod requires, directly or not. */
function refusedIn(goMod: string): string[] {
  return [...goMod.matchAll(/^(?:require )?\t?(\S+\.\S+\/\S+) v\S+/gm)]
    .map(([, path]) => path!)
    .filter((path) => refusedModules.includes(path.replace(/\/v\d+$/, "")));
}

describe("licences", () => {
  for (const tool of readdirSync(join(projectFolder, "tools"))) {
    it(`let anybody build ${tool}: it requires no module known to be under the AGPL`, () => {
      assert.deepEqual(refusedIn(read(`tools/${tool}/go.mod`)), []);
    });
  }

  it("would refuse a module, and not one whose name only begins like it", () => {
    const goMod =
      "require github.com/grafana/loki/v3 v3.7.5\nrequire (\n\tgithub.com/minio/minio-go/v7 v7.0.1\n)\n";
    assert.deepEqual(refusedIn(goMod), ["github.com/grafana/loki/v3"]);
  });

  it("of npm packages are named, and none is the AGPL or the SSPL", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { license?: string }>;
    };
    const others = Object.entries(packages)
      .filter(([, { license }]) => !license || /AGPL|SSPL/.test(license))
      .map(([path, { license = "none" }]) => `${path}: ${license}`);
    assert.deepEqual(others, []);
  });
});
