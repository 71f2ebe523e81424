import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectName } from "../../../stacks/settings/index.js";
import { withProgress, type Progress } from "../../kit/progress.js";
import { stackFile } from "../../kit/stacks.js";
import { findOnPath, projectFolder, tool } from "../../kit/toolchain/tool.js";
import { UserError } from "../../kit/userError.js";
import { readSettings } from "../../verify/settings.js";
import { pulumi } from "../pulumiCli.js";
import { clusterOf } from "./cluster.js";
import { diagnose, treat, type Diagnosis, type Practice } from "./practice.js";
import { Stack } from "./stack.js";

const run = promisify(execFile);

export interface DoctorOptions {
  stack: string;
  kubeconfig?: string;
  context?: string;
  fix?: true;
  json?: true;
}

/** The command `doctor`; returns false if something is left. */
export async function doctorCommand(options: DoctorOptions): Promise<boolean> {
  stackFile(projectFolder, options.stack);
  const { found, isWell } = await withProgress(async (progress) => {
    const practice = await practiceFor(options, progress);
    progress.step(`looking at ${options.stack}`);
    const diagnosis = await diagnose(practice);
    if (!options.fix) return diagnosis;
    progress.step("mending");
    return treat(practice, diagnosis);
  });
  process.stdout.write(options.json ? `${JSON.stringify(found, null, 2)}\n` : report(options.stack, found));
  return isWell;
}

async function practiceFor(options: DoctorOptions, progress: Progress): Promise<Practice> {
  const { stack } = options;
  // The user's own CLI knows where the state is, whatever its version.
  const cli = findOnPath("pulumi") ?? (await tool("pulumi", { progress }));
  const kubeconfig = options.kubeconfig ?? process.env["KUBECONFIG"] ?? join(homedir(), ".kube", "config");
  const context = options.context ?? readSettings(stack).cluster.context;
  const where = ["--kubeconfig", kubeconfig, ...(context === undefined ? [] : ["--kube-context", context])];
  return {
    stack: new Stack(
      (args, input) => pulumi(cli, args, { cwd: projectFolder, env: process.env, input }),
      projectName,
      stack,
    ),
    cluster: () => clusterOf(kubeconfig, context),
    async helm(args) {
      const helm = findOnPath("helm") ?? (await tool("helm", { progress }));
      try {
        await run(helm, [...args, ...where]);
      } catch (error) {
        const { stderr, message } = error as Error & { stderr?: string };
        throw new UserError(`helm ${args.slice(0, 2).join(" ")} failed: ${stderr?.trim() || message}`);
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
