import { existsSync } from "node:fs";
import { join } from "node:path";
import { takesEscapes, withProgress } from "../kit/progress.js";
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

/** Data that may lie beside the checkout, used without being asked for. */
const beside = { crds: "../shared/data/crds", charts: "../shared/data/charts" };

/**
 * The command `plan`.
 *
 * @param root Folder of the project. Default: this one.
 * @returns false if there are violations or errors.
 */
export async function planCommand(given: PlanOptions, root = projectFolder): Promise<boolean> {
  forgetUserSettings();
  const start = performance.now();
  const made = await withProgress((progress) =>
    plan({
      root,
      stack: given.stack,
      base: given.base,
      crds: given.crds ?? existing(join(root, beside.crds)),
      charts: [given.charts, existing(join(root, beside.charts))].filter((path) => path !== undefined),
      progress,
    }),
  );
  const colour = takesEscapes(process.stdout);
  process.stdout.write(given.json ? planAsJson(made) : renderPlan(made, { colour }));
  for (const error of made.errors) process.stderr.write(`error: ${error}\n`);
  process.stderr.write(`planned in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  return made.violations.length + made.errors.length === 0;
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}
