import { forgetUserSettings } from "../plan/engine/folder.js";
import { plan } from "../plan/plan.js";
import { withProgress, type Progress } from "../kit/progress.js";
import { widthOf } from "../kit/table.js";
import { projectFolder, tool } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";
import { analyze } from "./analyzer.js";
import { asMermaid } from "./mermaid.js";
import { PodGroups } from "./podGroups.js";
import { policiesIn } from "./policies.js";
import { reachOf, type Reach } from "./reach.js";
import { asSvg } from "./svg.js";
import { asTable } from "./table.js";

const formats = {
  table: (reach: Reach) => asTable(reach, widthOf(process.stdout)),
  mermaid: asMermaid,
  svg: asSvg,
  json: (reach: Reach) => `${JSON.stringify(reach, undefined, 2)}\n`,
};

export interface ReachOptions {
  stack: string;
  from?: string;
  format: keyof typeof formats;
}

/** The command `reach`. */
export async function reachCommand({ stack, from: source, format }: ReachOptions): Promise<void> {
  forgetUserSettings();
  const reach = await withProgress((progress) =>
    plannedReach({ root: projectFolder, stack, source, progress }),
  );
  process.stdout.write(formats[format](reach));
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
async function plannedReach({ root, stack, source, progress }: ReachRequest): Promise<Reach> {
  const { resources, errors, enforcement } = await plan({ root, stack, progress });
  if (errors.length > 0) throw new UserError(errors.map((error) => `error: ${error}`).join("\n"));
  const set = policiesIn(resources, "new");
  const podGroups = new PodGroups([set]);
  const names = podGroups.list().map(({ name }) => name);
  if (source !== undefined && !names.includes(source)) {
    throw new UserError(`--from ${source}: unknown pods; known: ${names.join(", ")}`);
  }
  const analyzer = await tool("netpol-analyzer", { progress });
  progress.step("computing who can reach whom");
  const connections = await analyze(analyzer, set, podGroups);
  return reachOf(set, { connections, podGroups }, { stack, enforcement, source });
}
