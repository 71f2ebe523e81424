import { parseArgs } from "node:util";
import { exitOnSignals, forgetUserSettings } from "../plan/engine/folder.js";
import { plan } from "../plan/plan.js";
import { progressOn, type Progress } from "../kit/progress.js";
import { tool } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";
import { analyze } from "./analyzer.js";
import { asMermaid } from "./mermaid.js";
import { Places } from "./places.js";
import { policiesIn } from "./policies.js";
import { reachOf, type Reach } from "./reach.js";
import { asSvg } from "./svg.js";
import { asTable } from "./table.js";

const usage = `Usage: npm run reach -- [options]

Shows who can reach whom, by the policies that a stack would have. It needs no cloud account and no cluster.

  --stack <name>   stack to look at (default: musashi)
  --from <pods>    only what these pods reach: a namespace, or namespace/app
  --format <name>  table, mermaid, svg or json (default: table)
  --help           prints this

Exit status: 0 shown, 1 a failure, 2 wrong usage.
`;

const options = {
  stack: { type: "string", default: "musashi" },
  from: { type: "string" },
  format: { type: "string", default: "table" },
  help: { type: "boolean", default: false },
} as const;

const formats: Record<string, (reach: Reach) => string> = {
  table: asTable,
  mermaid: asMermaid,
  svg: asSvg,
  json: (reach) => `${JSON.stringify(reach, undefined, 2)}\n`,
};

/**
 * The command `reach`.
 *
 * @param root Folder of the project.
 * @returns The exit status.
 */
export async function reachCommand(args: string[], root: string): Promise<number> {
  let given;
  try {
    given = parseArgs({ args, options }).values;
    if (!Object.hasOwn(formats, given.format)) {
      throw new Error(`--format ${given.format}: there are ${Object.keys(formats).join(", ")}`);
    }
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
  try {
    const reach = await plannedReach({ root, stack: given.stack, source: given.from, progress });
    progress.done();
    process.stdout.write(formats[given.format]!(reach));
    return 0;
  } catch (error) {
    progress.fail();
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

export interface ReachRequest {
  /** Folder of the project. */
  root: string;
  stack: string;
  /** Name of the pods whose reach is asked for. Default: everybody's. */
  source?: string;
  progress: Progress;
}

/**
 * Who can reach whom in a stack as it is planned.
 *
 * @throws UserError for what the user can mend.
 */
export async function plannedReach({ root, stack, source, progress }: ReachRequest): Promise<Reach> {
  const { resources, errors, enforcement } = await plan({ root, stack, progress });
  if (errors.length > 0) throw new UserError(errors.map((error) => `error: ${error}`).join("\n"));
  const set = policiesIn(resources, "new");
  const places = new Places([set]);
  const names = places.list().map(({ name }) => name);
  if (source !== undefined && !names.includes(source)) {
    throw new UserError(`--from ${source}: no policy knows such pods; there are ${names.join(", ")}`);
  }
  const analyzer = await tool("netpol-analyzer", { progress });
  progress.step("computing who can reach whom");
  const connections = await analyze(analyzer, set, places);
  return reachOf(set, { connections, places }, { stack, enforcement, source });
}
