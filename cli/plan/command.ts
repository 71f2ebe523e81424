import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { exitOnSignals, forgetUserSettings } from "./engine/folder.js";
import { progressOn } from "../kit/progress.js";
import { UserError } from "../kit/userError.js";
import { plan } from "./plan.js";
import { planAsJson, renderPlan } from "./render.js";

const usage = `Usage: npm run plan -- [options]

Plans a stack in the real Pulumi engine, with no cloud account, no cluster and no passphrase.

  --stack <name>   stack to plan (default: musashi)
  --base <ref>     Git ref to compare with: shows what this tree would change
  --json           prints {summary, resources, violations} instead of the tree
  --crds <folder>  CustomResourceDefinitions in YAML; custom resources are checked against them
  --charts <folder>  chart archives, <chart>-<version>.tgz; they are rendered and judged
  --help           prints this

Exit status: 0 planned, 1 violations or a failure, 2 wrong usage.
`;

const options = {
  stack: { type: "string", default: "musashi" },
  base: { type: "string" },
  json: { type: "boolean", default: false },
  crds: { type: "string" },
  charts: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

/** Data that may lie beside the checkout, used without being asked for. */
const beside = { crds: "../shared/data/crds", charts: "../shared/data/charts" };

/**
 * The command `plan`.
 *
 * @param root Folder of the project.
 * @returns The exit status.
 */
export async function planCommand(args: string[], root: string): Promise<number> {
  let given;
  try {
    given = parseArgs({ args, options }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (given.help) {
    process.stdout.write(usage);
    return 0;
  }
  exitOnSignals();
  forgetUserSettings();
  const progress = await progressOn(process.stderr);
  const start = performance.now();
  try {
    const made = await plan({
      root,
      stack: given.stack,
      base: given.base,
      crds: folder("--crds", given.crds) ?? existing(join(root, beside.crds)),
      charts: [folder("--charts", given.charts), existing(join(root, beside.charts))].filter(
        (path) => path !== undefined,
      ),
      progress,
    });
    progress.done();
    const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
    process.stdout.write(given.json ? planAsJson(made) : renderPlan(made, { colour }));
    for (const error of made.errors) process.stderr.write(`error: ${error}\n`);
    process.stderr.write(`planned in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    return made.violations.length + made.errors.length > 0 ? 1 : 0;
  } catch (error) {
    progress.fail();
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function folder(option: string, given: string | undefined): string | undefined {
  if (given === undefined || existsSync(given)) return given && resolve(given);
  throw new UserError(`${option} ${given}: there is no such folder`);
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}
