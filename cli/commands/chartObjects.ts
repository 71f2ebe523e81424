import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { exitOnSignals, forgetUserSettings } from "../plan/engine/folder.js";
import { makeLists, writeList } from "../plan/chartLists.js";
import { plan } from "../plan/plan.js";
import { progressOn } from "../kit/progress.js";
import { projectFolder, tool } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";
import { readSettings } from "../verify/settings.js";

const usage = `Usage: npm run chart-objects -- --charts <folder>

Renders every chart with the values of every stack and writes the names of the objects to components/common/chart-objects/.
A plan compares them with the program's own objects where the charts themselves are not at hand.

  --charts <folder>  archives of all charts in their pinned versions, <chart>-<version>.tgz
  --help             prints this

Exit status: 0 written, 1 a chart is missing or cannot be rendered, 2 wrong usage.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { charts: { type: "string" }, help: { type: "boolean", default: false } },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (values.charts === undefined) {
    process.stderr.write(`--charts is missing\n\n${usage}`);
    return 2;
  }
  if (!existsSync(values.charts)) throw new UserError(`--charts ${values.charts}: there is no such folder`);
  exitOnSignals();
  forgetUserSettings();
  const progress = await progressOn(process.stderr);
  const folder = mkdtempSync(join(tmpdir(), "cluster-security-charts-"));
  try {
    const planned: Parameters<typeof makeLists>[0] = {};
    for (const stack of stacksIn(projectFolder)) {
      const { releases, errors } = await plan({
        root: projectFolder,
        stack,
        charts: [resolve(values.charts)],
        progress,
      });
      if (errors.length > 0) throw new UserError(errors.join("\n"));
      const missing = releases.filter(({ archive }) => archive === undefined);
      if (missing.length > 0) {
        const lines = missing.map(({ chart, version }) => `  ${chart.split("/").at(-1)}-${version}.tgz`);
        throw new UserError(`--charts ${values.charts} lacks:\n${[...new Set(lines)].join("\n")}`);
      }
      const { cluster } = readSettings(stack);
      planned[stack] = { releases, kubernetesVersion: cluster.kubernetesVersion };
    }
    progress.step("rendering the charts");
    const lists = await makeLists(planned, { helm: await tool("helm", { progress }), folder });
    for (const [chart, list] of lists) writeList(chart, list);
    progress.done();
    process.stdout.write(`${lists.size} lists written to components/common/chart-objects/\n`);
    return 0;
  } catch (error) {
    progress.fail();
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function stacksIn(root: string): string[] {
  return readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
  if (!isUsage && !(error instanceof UserError)) throw error;
  process.stderr.write(`${(error as Error).message}\n${isUsage ? `\n${usage}` : ""}`);
  process.exitCode = isUsage ? 2 : 1;
}
