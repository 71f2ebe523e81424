import { fetchCharts } from "../../../cli/kit/charts.js";
import { silent } from "../../../cli/kit/progress.js";
import { kubectlWith, type Kubectl } from "../../../cli/lab/kubectl.js";
import { Lab } from "../../../cli/lab/lab.js";
import { Phases } from "../../../cli/lab/phases.js";
import { changed } from "../../../cli/lab/program.js";

/** Prints how long each phase of a lab takes, below the suite's title. */
export const phases = new Phases(silent, (line) => console.log(`      ${line}`));

/** A lab on a real node with the stack `lab` applied. */
export async function startNodeLab(name: string, validitySeconds?: number): Promise<Lab> {
  const { charts: fetchedCharts, crds } = await fetchCharts(silent);
  const lab = await Lab.start(
    {
      ...{ name, stack: "lab", cluster: "node", keep: false, progress: silent },
      ...{ fetchedCharts, crds, validitySeconds },
    },
    phases,
  );
  try {
    await phases.run("pulumi up", () => lab.up(), changed);
    return lab;
  } catch (error) {
    await lab.stop({ removeFiles: true });
    throw error;
  }
}

/** kubectl with the credentials of a lab. */
export const kubectlOf = (lab: Lab): Kubectl => kubectlWith(lab.binaries("kubectl"), lab.cluster.kubeconfig);
