import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { UserError } from "../kit/userError.js";
import { helmRelease, notesOf, type HelmRelease } from "./helmRelease.js";
import type { ProgramRelease } from "./importFile.js";

/** The program's releases, by whether they are in the cluster. */
export interface ClusterReleases {
  there: (ProgramRelease & { found: HelmRelease })[];
  missing: ProgramRelease[];
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
  let asked: (ProgramRelease & { found: HelmRelease | undefined })[];
  try {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    if (context !== undefined) {
      if (!config.getContextObject(context)) throw new Error(`it has no context ${context}`);
      config.setCurrentContext(context);
    }
    const api = config.makeApiClient(CoreV1Api);
    asked = await Promise.all(
      releases.map(async (release) => ({ ...release, found: await lastRevision(api, release) })),
    );
  } catch (error) {
    const { message } = error as Error;
    throw new UserError(
      `The cluster of --kubeconfig ${kubeconfig} cannot be asked: ${message.split("\n")[0]}`,
    );
  }
  const there = asked.flatMap(({ found, ...release }) => (found ? [{ ...release, found }] : []));
  const problems = there.flatMap(problemsOf);
  if (problems.length > 0) throw new UserError(problems.join("\n"));
  return { there, missing: asked.flatMap(({ found, ...release }) => (found ? [] : [release])) };
}

async function lastRevision(
  api: CoreV1Api,
  { namespace, name }: ProgramRelease,
): Promise<HelmRelease | undefined> {
  const { items } = await api.listNamespacedSecret({ namespace, labelSelector: notesOf(name) });
  return items
    .map(({ data }) => helmRelease(data!))
    .sort((a, b) => a.revision - b.revision)
    .at(-1);
}

function problemsOf({ namespace, name, chart, found }: ClusterReleases["there"][number]): string[] {
  const release = `Release ${namespace}/${name}`;
  if (found.chart !== chart) {
    return [
      `${release} is of chart ${found.chart}, and the program would upgrade it to ${chart}. Uninstall it, or give it another name.`,
    ];
  }
  if (found.status.startsWith("pending-") || found.status === "uninstalling") {
    return [
      `${release} is ${found.status}: Helm upgrades none that it takes for unfinished. See helm -n ${namespace} history ${name}, and roll it back.`,
    ];
  }
  return [];
}
