import { temporaryFolder } from "../kit/temporaryFolder.js";
import { withProgress, type Progress } from "../kit/progress.js";
import { stacksIn } from "../kit/stacks.js";
import { projectFolder, tool } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";
import { readSettings } from "../kit/settings.js";
import { makeLists, writeList } from "./chartLists.js";
import { forgetUserSettings } from "./engine/folder.js";
import { plan } from "./plan.js";

/** The command `chart-objects`. */
export async function chartObjectsCommand({ charts }: { charts: string }): Promise<void> {
  forgetUserSettings();
  const { path: folder } = temporaryFolder();
  const lists = await withProgress(async (progress) => {
    const planned: Parameters<typeof makeLists>[0] = {};
    for (const stack of stacksIn(projectFolder)) planned[stack] = await releasesOf(stack, charts, progress);
    progress.step("rendering the charts");
    return makeLists(planned, { helm: await tool("helm", { progress }), folder });
  });
  for (const [chart, list] of lists) writeList(chart, list);
  process.stdout.write(`${lists.size} lists written to components/common/chart-objects/\n`);
}

async function releasesOf(stack: string, charts: string, progress: Progress) {
  const { releases, errors } = await plan({ root: projectFolder, stack, charts: [charts], progress });
  if (errors.length > 0) throw new UserError(errors.join("\n"));
  const missing = releases.filter(({ archive }) => archive === undefined);
  if (missing.length > 0) {
    const lines = missing.map(({ chart, version }) => `  ${chart.split("/").at(-1)}-${version}.tgz`);
    throw new UserError(`--charts ${charts} lacks:\n${[...new Set(lines)].join("\n")}`);
  }
  return { releases, kubernetesVersion: (await readSettings(stack)).settings.cluster.kubernetesVersion };
}
