import { KubeApi } from "../../stacks/kubernetes/api.js";
import { loadKubeconfig } from "../../stacks/kubernetes/kubeconfig.js";
import { UserError } from "../kit/userError.js";
import { isUnfinished, revisionsOf, wasDeployed, type HelmRelease } from "./helmRelease.js";
import type { ProgramRelease } from "./importFile.js";

/** The program's releases, by whether they are in the cluster. */
export interface ClusterReleases {
  there: (ProgramRelease & { found: HelmRelease })[];
  missing: ProgramRelease[];
}

interface Revisions {
  /** The last revision; undefined where there is no such release. */
  found: HelmRelease | undefined;
  /** Whether a revision was ever deployed: Helm upgrades no other release. */
  deployed: boolean;
}

/**
 * Looks which releases of the program a cluster has.
 *
 * @param kubeconfig Path of a kubeconfig.
 * @param context Default: the kubeconfig's own.
 * @throws UserError where the cluster cannot be asked, or has a release that the program could not go on with.
 */
export async function clusterReleases(
  releases: readonly ProgramRelease[],
  kubeconfig: string,
  context: string | undefined,
): Promise<ClusterReleases> {
  let asked: (ProgramRelease & Revisions)[];
  try {
    const { config } = await loadKubeconfig({ kubeconfig, context });
    const api = await KubeApi.of(config);
    asked = await Promise.all(
      releases.map(async (release) => ({ ...release, ...(await askedOf(api, release)) })),
    );
  } catch (error) {
    const { message } = error as Error;
    throw new UserError(
      `The cluster of --kubeconfig ${kubeconfig} cannot be asked: ${message.split("\n")[0]}`,
    );
  }
  const problems = asked.flatMap(problemsOf);
  if (problems.length > 0) throw new UserError(problems.join("\n"));
  return {
    there: asked.flatMap(({ deployed: _, found, ...release }) => (found ? [{ ...release, found }] : [])),
    missing: asked.flatMap(({ deployed: _, found, ...release }) => (found ? [] : [release])),
  };
}

async function askedOf(api: KubeApi, release: ProgramRelease): Promise<Revisions> {
  const revisions = await revisionsOf(api, release);
  return { found: revisions.at(-1), deployed: revisions.some(wasDeployed) };
}

function problemsOf({ namespace, name, chart, found, deployed }: ProgramRelease & Revisions): string[] {
  if (found === undefined) return [];
  const release = `Release ${namespace}/${name}`;
  if (found.chart !== chart) {
    return [
      `${release} is of chart ${found.chart}, and the program would upgrade it to ${chart}. Uninstall it, or give it another name.`,
    ];
  }
  if (isUnfinished(found)) {
    return [
      `${release} is ${found.status}: Helm upgrades none that it takes for unfinished. See helm -n ${namespace} history ${name}, and roll it back.`,
    ];
  }
  if (found.status === "uninstalled" || (found.status === "failed" && !deployed)) {
    const why =
      found.status === "failed" ? "failed, and was never deployed" : "uninstalled, its history kept";
    return [
      `${release} is ${why}: Helm upgrades no such release. Remove it: helm -n ${namespace} uninstall ${name}`,
    ];
  }
  return [];
}
