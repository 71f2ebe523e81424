import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chartNames } from "../../../components/common/charts.js";
import { forgetUserSettings } from "../../../cli/plan/engine/folder.js";
import { chartList, contentsDigest, listedObjects, makeLists } from "../../../cli/plan/chartLists.js";
import { plan, type Plan } from "../../../cli/plan/plan.js";
import { silent } from "../../../cli/kit/progress.js";
import { stacksIn } from "../../../cli/kit/stacks.js";
import { projectFolder, tool } from "../../../cli/kit/toolchain/tool.js";
import { readSettings } from "../../../cli/kit/settings.js";
import { chartFolders } from "../../kit/charts.js";
import { have } from "./project.js";
import { skip } from "../../kit/skip.js";

const stacks = stacksIn(projectFolder);
const again = "run npm run chart-objects -- --charts <folder> with the pinned charts";

describe("the lists of the objects that charts make", () => {
  const plans = new Map<string, Plan>();
  const versions = new Map<string, string>();

  before(async function () {
    await have(this, "pulumi");
    forgetUserSettings();
    for (const stack of stacks) {
      versions.set(stack, (await readSettings(stack)).settings.cluster.kubernetesVersion);
      plans.set(stack, await plan({ root: projectFolder, stack, charts: chartFolders, progress: silent }));
    }
  });

  for (const stack of stacks) {
    it(`are of the pinned versions and of the values of ${stack}: otherwise ${again}`, () => {
      const { releases } = plans.get(stack)!;
      assert.ok(releases.length >= 6);
      const outdated = releases.filter(
        (release) => listedObjects(release, versions.get(stack)) === undefined,
      );
      assert.deepEqual(
        outdated.map(({ namespace, name, chart, version }) => `${namespace}/${name}: ${chart} ${version}`),
        [],
      );
    });

    it(`show no object of ${stack} that two make`, () => {
      const found = plans.get(stack)!.violations.filter(({ policy }) => policy === "one-maker-per-object");
      assert.deepEqual(found, []);
    });
  }

  it("say what the charts themselves make, as far as these are at hand in the pinned versions", async function () {
    const folder = mkdtempSync(join(tmpdir(), "chart-objects-"));
    try {
      const planned = Object.fromEntries(
        stacks.map((stack) => {
          const { releases } = plans.get(stack)!;
          const pinned = releases.filter(({ archive, archiveVersion }) => archive && !archiveVersion);
          return [stack, { releases: pinned, kubernetesVersion: versions.get(stack) }];
        }),
      );
      const lists = await makeLists(planned, { helm: await tool("helm"), folder });
      for (const [chart, { contents, ...list }] of lists) {
        const { contents: listed, ...known } = chartList(chart)!;
        assert.deepEqual(list, known, chart);
        // One packed from a module lacks what a release adds, such as digests of images, or a README.
        console.log(
          `      ${chart} ${list.version}: ${contents === listed ? "the very files" : "other files"}`,
        );
      }
      const others = chartNames.filter((chart) => !lists.has(chart));
      if (others.length > 0) console.log(`      not at hand in the pinned version: ${others.join(", ")}`);
      if (lists.size === 0) skip(this, "no chart is at hand in the pinned version");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("carry a digest of the files, which packing does not change", () => {
    const folder = mkdtempSync(join(tmpdir(), "chart-contents-"));
    try {
      const pack = (name: string) => {
        execFileSync("tar", ["-czf", join(folder, name), "-C", folder, "chart"]);
        return contentsDigest(join(folder, name));
      };
      mkdirSync(join(folder, "chart/templates"), { recursive: true });
      writeFileSync(join(folder, "chart/Chart.yaml"), "name: chart\nversion: 1.0.0\n");
      writeFileSync(join(folder, "chart/templates/a.yaml"), "a: 1\n");
      const first = pack("a.tgz");
      writeFileSync(join(folder, "chart/Chart.yaml"), "version: 1.0.0\nname: chart\n");
      assert.equal(pack("b.tgz"), first);
      writeFileSync(join(folder, "chart/templates/a.yaml"), "a: 2\n");
      assert.notEqual(pack("c.tgz"), first);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
