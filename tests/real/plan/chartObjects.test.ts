import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forgetUserSettings } from "../../../cli/plan/engine/folder.js";
import {
  chartList,
  chartOf,
  contentsDigest,
  listedObjects,
  makeLists,
} from "../../../cli/plan/chartLists.js";
import { plan, type Plan } from "../../../cli/plan/plan.js";
import { silent } from "../../../cli/kit/progress.js";
import { projectFolder, tool } from "../../../cli/kit/toolchain/tool.js";
import { readSettings } from "../../../cli/verify/settings.js";
import { have } from "./project.js";

const stacks = readdirSync(projectFolder)
  .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
  .sort();
const again = "run npm run chart-objects -- --charts <folder> with the pinned charts";

describe("the lists of the objects that charts make", () => {
  const archives = process.env["CHARTS"];
  const plans = new Map<string, Plan>();
  const versionOf = (stack: string) => readSettings(stack).cluster.kubernetesVersion;

  before(async function () {
    await have(this, "pulumi");
    forgetUserSettings();
    for (const stack of stacks) {
      const charts = archives === undefined ? [] : [archives];
      plans.set(stack, await plan({ root: projectFolder, stack, charts, progress: silent }));
    }
  });

  for (const stack of stacks) {
    it(`are of the pinned versions and of the values of ${stack}: otherwise ${again}`, () => {
      const { releases } = plans.get(stack)!;
      assert.ok(releases.length >= 6);
      const outdated = releases.filter((release) => listedObjects(release, versionOf(stack)) === undefined);
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

  it("say what the charts themselves make", async function () {
    if (archives === undefined) {
      console.log("      skipped: the charts are not at hand; CHARTS=<folder with the pinned archives>");
      this.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), "chart-objects-"));
    try {
      const planned = Object.fromEntries(
        stacks.map((stack) => {
          const releases = plans.get(stack)!.releases.filter(({ archive }) => archive !== undefined);
          return [stack, { releases, kubernetesVersion: versionOf(stack) }];
        }),
      );
      const lists = await makeLists(planned, { helm: await tool("helm"), folder });
      assert.ok(lists.size > 0, `no pinned chart in ${archives}`);
      for (const [chart, list] of lists) assert.deepEqual(list, chartList(chart), chart);
      const { archive, ...release } = planned["lab"]!.releases[0]!;
      assert.equal(contentsDigest(archive!), chartList(chartOf(release)!)!.contents);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
