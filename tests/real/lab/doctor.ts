import { runIsolated } from "../../../cli/lab/apply/process.js";
import { clusterOf, type DoctorsCluster } from "../../../cli/state/doctor/cluster.js";
import { diagnose, treat, type Diagnosis } from "../../../cli/state/doctor/practice.js";
import type { Stack } from "../../../cli/state/doctor/stack.js";
import { loadKubeconfig } from "../../../stacks/kubernetes/kubeconfig.js";

export interface DoctorTask {
  stack: Stack;
  kubeconfig: string;
  /** Path of the program. */
  helm: string;
  /** Folder for what Helm keeps. */
  home: string;
}

/**
 * What `npm run doctor -- --fix` does some time after a run was killed, and once more after the reader has run what it prints
 * about releases.
 *
 * @returns What was found at first, and what is left.
 */
export async function doctorsFindings(
  task: DoctorTask,
): Promise<{ found: Diagnosis["found"]; left: Diagnosis["found"] }> {
  const { stack, kubeconfig, home } = task;
  const helm = (args: string[]) =>
    runIsolated([task.helm, ...args, "--kubeconfig", kubeconfig], { env: { HOME: home } });
  const practice = { stack, cluster: () => muchLater(kubeconfig), helm };
  const { found } = await treat(practice, await diagnose(practice));
  const decided = found.filter(({ kind, mended }) => kind === "release" && !mended);
  for (const { mend } of decided) {
    const [, command] = /^helm (.*?)(?: +#.*)?$/.exec(mend)!;
    await helm(command!.split(" "));
  }
  const { found: last } = decided.length === 0 ? { found } : await treat(practice, await diagnose(practice));
  return { found, left: last.filter(({ mended }) => !mended) };
}

/** The cluster as it is once no operation of Helm can be under way. */
async function muchLater(kubeconfig: string): Promise<DoctorsCluster> {
  const cluster = await clusterOf((await loadKubeconfig({ kubeconfig })).config);
  const changed = new Date(0);
  return {
    ...cluster,
    revisions: async (release) =>
      (await cluster.revisions(release)).map((revision) => ({ ...revision, changed })),
  };
}
