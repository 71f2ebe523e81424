import { fetchedCharts } from "../kit/charts.js";
import { takesEscapes, withProgress } from "../kit/progress.js";
import { fitted, widthOf } from "../kit/table.js";
import { projectFolder } from "../kit/toolchain/tool.js";
import { forgetUserSettings } from "./engine/folder.js";
import { plan } from "./plan.js";
import { planAsJson, renderPlan } from "./render.js";

export interface PlanOptions {
  stack: string;
  base?: string;
  json?: boolean;
  crds?: string;
  charts?: string;
}

/**
 * The command `plan`.
 *
 * @param root Folder of the project. Default: this one.
 * @returns false if there are violations or errors.
 */
export async function planCommand(given: PlanOptions, root = projectFolder): Promise<boolean> {
  forgetUserSettings();
  const start = performance.now();
  const fetched = fetchedCharts(root);
  const made = await withProgress((progress) =>
    plan({
      root,
      stack: given.stack,
      base: given.base,
      crds: given.crds ?? fetched?.crds,
      charts: [given.charts, fetched?.charts].filter((path) => path !== undefined),
      progress,
    }),
  );
  const text = () =>
    fitted(renderPlan(made, { colour: takesEscapes(process.stdout) }), widthOf(process.stdout));
  process.stdout.write(given.json ? planAsJson(made) : text());
  for (const error of made.errors) process.stderr.write(`error: ${error}\n`);
  process.stderr.write(`planned in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  return made.violations.length + made.errors.length === 0;
}
