import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { charts } from "../../../components/common/charts.js";
import { downloadModules, fetchedCharts, isFetched, chartModules } from "../../../cli/kit/charts.js";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { UserError } from "../../../cli/kit/userError.js";
import { Charts } from "../../../cli/plan/providers/kubernetes/charts.js";
import { chartsUsed } from "../../../cli/plan/chartsUsed.js";
import { skip } from "../../kit/skip.js";
import { folderOfSuite } from "../../kit/folder.js";

const pinned = (file: string) => readFileSync(join(projectFolder, "tools/charts", file), "utf8");

describe("the Go modules of charts and definitions", () => {
  it("are pinned, each with its checksum, and no other is", () => {
    const required = [...pinned("go.mod").matchAll(/^\t(\S+) (v\S+)$/gm)].map(([, path, version]) => ({
      path,
      version,
    }));
    assert.deepEqual(
      required.map(({ path }) => path).sort(),
      chartModules.map(({ module }) => module).sort(),
    );
    for (const { path, version } of required)
      assert.ok(pinned("go.sum").includes(`${path} ${version} h1:`), path);
  });

  describe("when they are downloaded", () => {
    const module = { Path: "example.org/a", Version: "v1.0.0", Sum: "h1:abc=", Dir: "/a" };
    const folder = folderOfSuite();
    const { PATH } = process.env;
    /** Puts a `go` on PATH that prints this, alone. */
    function go(script: string): void {
      writeFileSync(folder("bin/go"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    before(() => {
      mkdirSync(folder("bin"));
      writeFileSync(folder("go.sum"), "example.org/a v1.0.0 h1:abc=\nexample.org/a v1.0.0/go.mod h1:d=\n");
      process.env["PATH"] = folder("bin");
    });
    after(() => {
      process.env["PATH"] = PATH;
    });

    it("need Go", async () => {
      await assert.rejects(downloadModules(folder()), (error: Error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /Go is not on PATH\. Install Go/);
        return true;
      });
    });

    it("are taken where go.sum has them", async () => {
      go(`echo '${JSON.stringify(module, undefined, 1)}\n${JSON.stringify(module, undefined, 1)}'`);
      assert.deepEqual(await downloadModules(folder()), [module, module]);
    });

    it("are refused where go.sum has another checksum, or none", async () => {
      for (const other of [
        { ...module, Sum: "h1:abd=" },
        { ...module, Version: "v1.0.1" },
      ]) {
        go(`echo '${JSON.stringify(other, undefined, 1)}'`);
        const message = `${other.Path} ${other.Version} is not the one that ${folder()}/go.sum pins.`;
        await assert.rejects(downloadModules(folder()), { name: "UserError", message });
      }
    });

    it("say what Go says where they cannot be had", async () => {
      go(`echo '${JSON.stringify({ ...module, Error: "no such host" }, undefined, 1)}'; exit 1`);
      const message = "Charts and definitions cannot be downloaded:\nno such host";
      await assert.rejects(downloadModules(folder()), { name: "UserError", message });
    });
  });
});

describe("the charts and definitions that are fetched", () => {
  const fetched = fetchedCharts();
  before(function () {
    if (fetched) return;
    skip(this, "npm run tools fetches them");
  });

  it("are of the versions of the table; of Sealed Secrets the module has the chart before", () => {
    const known = new Charts([fetched!.charts]);
    const versions = chartModules
      .filter(({ chart }) => chart !== undefined)
      .map(({ name }) => {
        const { chart, version } = charts[name as keyof typeof charts];
        return [name, known.find(chart, version)!.otherVersion ?? version];
      });
    assert.deepEqual(Object.fromEntries(versions), {
      "sealed-secrets": "2.19.0",
      "cert-manager": charts["cert-manager"].version,
      cilium: charts.cilium.version,
      harbor: charts.harbor.version,
    });
  });

  it("hold the definitions of every source that has some, and nothing else", () => {
    const files = readdirSync(fetched!.crds);
    const bringing = chartModules.filter(({ definitions }) => definitions.length > 0);
    assert.equal(files.length, bringing.length);
    for (const { name } of bringing) {
      const file = files.find((file) => file.startsWith(`${name}-`))!;
      const documents = readFileSync(join(fetched!.crds, file), "utf8").split(/^---$/m).slice(1);
      assert.ok(documents.length > 0, file);
      for (const text of documents) assert.match(text, /^kind: CustomResourceDefinition$/m);
    }
  });
});

describe("the charts that releases are made of", () => {
  const release = { urn: "", name: "a", namespace: "b", values: {}, chart: "oci://example.org/demo" };

  it("are named with their versions and where they are from", () => {
    const archive = join(projectFolder, ".cache/charts/0123/charts/demo-2.0.0.tgz");
    assert.ok(isFetched(archive));
    assert.deepEqual(
      chartsUsed([
        { ...release, version: "1.0.0", archive: "/given/demo-1.0.0.tgz" },
        { ...release, version: "2.0.0", archive, archiveVersion: "1.9.0" },
        { ...release, version: "3.0.0" },
      ]),
      ["b/a: demo 1.0.0, from /given", "b/a: demo 1.9.0 in place of 2.0.0, from its Go module"],
    );
  });
});
