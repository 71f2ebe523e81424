import { delimiter } from "node:path";
import { loadKubeconfig } from "../../../stacks/kubernetes/kubeconfig.js";
import { datedNotes, projectName, type Settings } from "../../../stacks/settings/index.js";
import { withProgress, type Progress } from "../../kit/progress.js";
import { run } from "../../kit/run.js";
import { readSettings } from "../../kit/settings.js";
import { onSignal } from "../../kit/signals.js";
import { fitted, widthOf } from "../../kit/table.js";
import { findOnPath, projectFolder, tool } from "../../kit/toolchain/tool.js";
import { UserError } from "../../kit/userError.js";
import { endPulumi, pulumi, userPulumi } from "../pulumiCli.js";
import { clusterOf } from "./cluster.js";
import { diagnose, treat, type Diagnosis, type Practice } from "./practice.js";
import { Stack } from "./stack.js";

export interface DoctorOptions {
  stack: string;
  kubeconfig?: string;
  context?: string;
  fix?: true;
  json?: true;
}

/** The command `doctor`; returns false if something is left. */
export async function doctorCommand(options: DoctorOptions): Promise<boolean> {
  const settings = await doctorsSettings(options.stack);
  demandSameContext(options, settings);
  onSignal(endPulumi);
  const { found, isWell } = await withProgress(async (progress) => {
    const practice = await practiceFor(options, settings, progress);
    progress.step(`looking at ${options.stack}`);
    const diagnosis = await diagnose(practice);
    if (!options.fix) return diagnosis;
    progress.step("mending");
    return treat(practice, diagnosis);
  });
  for (const note of datedNotes(settings)) process.stderr.write(`note: ${note}\n`);
  const text = () => fitted(report(options.stack, found), widthOf(process.stdout));
  process.stdout.write(options.json ? `${JSON.stringify(found, null, 2)}\n` : text());
  return isWell;
}

/**
 * The settings of a stack that `pulumi up` accepts, which warns where a secret stands in plain text.
 *
 * @throws UserError without such a stack, and for a mistake in its settings.
 */
export async function doctorsSettings(stack: string, tree = projectFolder): Promise<Settings> {
  return (await readSettings(stack, { tree, secrets: "decrypted" })).settings;
}

/** A refresh asks the cluster of the settings' context: the state would lose what another cluster does not have. */
function demandSameContext({ context, fix }: DoctorOptions, { cluster }: Settings): void {
  if (!fix || context === undefined || context === cluster.context) return;
  const own = cluster.context === undefined ? "is not set" : `is ${cluster.context}`;
  throw new UserError(
    `--context ${context}: with --fix it has to be the stack's own, and cluster.context of the settings ${own}. ` +
      "Leave --context out, or run without --fix.",
  );
}

async function practiceFor(
  { stack, kubeconfig, context: given }: DoctorOptions,
  settings: Settings,
  progress: Progress,
): Promise<Practice> {
  const cli = await userPulumi(progress);
  const context = given ?? settings.cluster.context;
  const load = () => loadKubeconfig({ kubeconfig, context });
  // Pulumi and Helm have to talk to the same cluster.
  const { files } = await load().catch(() => ({ files: kubeconfig === undefined ? [] : [kubeconfig] }));
  const env = files.length === 0 ? process.env : { ...process.env, KUBECONFIG: files.join(delimiter) };
  return {
    stack: new Stack(
      (args, input) => pulumi(cli, args, { cwd: projectFolder, env, input }),
      projectName,
      stack,
    ),
    cluster: async () => clusterOf((await load()).config),
    async helm(args) {
      // Helm reads files alone, and its message would quote the text.
      if (files.length === 0)
        throw new UserError("helm needs the kubeconfig in a file: give it by --kubeconfig");
      const helm = findOnPath("helm") ?? (await tool("helm", { progress }));
      const ofContext = context === undefined ? [] : ["--kube-context", context];
      try {
        await run([helm, ...args, ...ofContext], { env });
      } catch (error) {
        throw new UserError(`helm ${args.slice(0, 2).join(" ")} failed: ${(error as Error).message}`);
      }
    },
  };
}

function report(stack: string, found: Diagnosis["found"]): string {
  if (found.length === 0) return `Nothing is wrong with ${stack}.\n`;
  return found
    .map(({ what, mend, mended }) => (mended ? `mended: ${what}\n` : `${what}\n  ${mend}\n`))
    .join("");
}
