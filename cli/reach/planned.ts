import type { PlannedStep } from "../plan/engine/events.js";
import type { Progress } from "../kit/progress.js";
import { tool } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";
import { analyze } from "./analyzer.js";
import { differenceOf } from "./difference.js";
import { PodGroups } from "./podGroups.js";
import { policiesIn, type PolicySet } from "./policies.js";
import type { Reach } from "./reach.js";
import { caution } from "./table.js";

export interface ReachChangesOptions extends Pick<Reach, "enforcement"> {
  progress: Progress;
  /** Finds or builds the analyzer. Default: {@link tool}. */
  analyzerPath?: (name: "netpol-analyzer", options: { progress: Progress }) => Promise<string>;
}

/**
 * What a plan would change about who can reach whom, a line each; none where no policy changes. The analyzer is asked, and
 * built if need be, only where the policies it reads differ. A plan is no worse for lacking it, so that is a line too.
 */
export async function reachChanges(
  resources: readonly PlannedStep[],
  { enforcement, progress, analyzerPath = tool }: ReachChangesOptions,
): Promise<string[]> {
  try {
    const [before, after] = [policiesIn(resources, "old"), policiesIn(resources, "new")];
    if (textOf(before) === textOf(after)) return [];
    const podGroups = new PodGroups([before, after]);
    const isSame = textOf({ ...before, cilium: [] }) === textOf({ ...after, cilium: [] });
    const analyzer = isSame ? undefined : await analyzerPath("netpol-analyzer", { progress });
    progress.step("computing what the change opens and closes");
    const state = async (set: PolicySet) => ({
      set,
      connections: analyzer ? await analyze(analyzer, set, podGroups) : [],
    });
    const lines = differenceOf(await state(before), await state(after), podGroups);
    if (lines.length === 0) return ["the policies change, and no connection opens or closes"];
    const warning = caution({ enforcement });
    return [...(warning ? [warning] : []), ...lines];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [`what the change opens and closes is not known: ${error.message.replaceAll("\n", " ")}`];
  }
}

function textOf(set: PolicySet): string {
  const texts = [...set.standard, ...set.cilium].map(({ name, namespace, spec }) =>
    JSON.stringify({ name, namespace, spec }),
  );
  return texts.sort().join("\n");
}
