import { charts } from "../../../components/common/charts.js";
import { resourceName } from "../../plan/providers/host.js";
import { isUnfinished, noteName, wasDeployed } from "../helmRelease.js";
import type { StateResource } from "../stackExport.js";
import type { DoctorsCluster, ReleaseRevision } from "./cluster.js";
import type { Examined } from "./examine.js";
import { idOf, releaseOf } from "./resource.js";

/** How long Helm may take unless the program says otherwise (`timeout` of the Release). */
const defaultSeconds = 300;

/**
 * What the creation of a release has left that was interrupted.
 *
 * @param clear Nothing was made.
 * @param half It was made.
 */
export function interruptedRelease(
  resource: StateResource,
  revisions: readonly ReleaseRevision[],
  clear: Examined,
  half: Examined,
): Examined {
  const last = revisions.at(-1);
  if (!last) return clear;
  const { namespace, name } = releaseOf(resource);
  if (revisions.length > 1 || !isOf(resource, last)) {
    const of = `${last.chart} ${last.chartVersion}, revision ${last.revision}`;
    return {
      kind: "release",
      what: `release ${idOf(resource)} exists (${of}, ${last.status}), and may not be what ${resourceName(resource.urn)} has made`,
      mend: `helm history ${name} --namespace ${namespace}   # then adopt it (docs/guides/adopt-a-cluster.md), or: helm uninstall ${name} --namespace ${namespace}`,
    };
  }
  if (isUnfinished(last) || last.status !== "deployed") return unfinished(resource, revisions, last);
  return half;
}

/** What is wrong with a release that the state has. */
export async function unfit(
  resource: StateResource,
  stack: string,
  cluster: DoctorsCluster,
): Promise<Examined | undefined> {
  const revisions = await cluster.revisions(releaseOf(resource));
  const last = revisions.at(-1);
  if (!last) {
    return {
      kind: "gone",
      what: `release ${idOf(resource)} is in the state and not in the cluster`,
      mend: `pulumi refresh --stack ${stack} --target '${resource.urn}'`,
      fix: { do: "refresh", urn: resource.urn },
    };
  }
  if (last.status === "failed") return failed(resource, stack, last);
  return isUnfinished(last) ? unfinished(resource, revisions, last) : undefined;
}

/** What failed and was not taken back is upgraded by the next run, which Helm allows. */
function failed(resource: StateResource, stack: string, { chart }: ReleaseRevision): Examined {
  const { namespace } = releaseOf(resource);
  return {
    kind: "release",
    what: `release ${idOf(resource)} is failed, and was not taken back`,
    mend:
      `pulumi up --stack ${stack}   # upgrades it; see first what its pods wait for: kubectl get pods --namespace ${namespace}; ` +
      `if they need longer, or up finds no change, raise releases.${chart}.timeoutSeconds`,
  };
}

/** Whether Helm must not take back a release of this chart, whatever has failed. */
function isKept(chart: string): boolean {
  return Object.values(charts).some((one) => one.chart === chart && !one.atomic);
}

/** Helm takes an operation that was killed for one that goes on. */
function unfinished(
  resource: StateResource,
  revisions: readonly ReleaseRevision[],
  last: ReleaseRevision,
): Examined {
  const { namespace, name } = releaseOf(resource);
  const { status } = last;
  const good = revisions.filter(wasDeployed).at(-1);
  const isBack = good !== undefined && status.startsWith("pending-");
  const args = isBack
    ? ["rollback", name, String(good.revision), "--namespace", namespace, "--wait"]
    : ["uninstall", name, "--namespace", namespace, "--wait"];
  const what = `release ${idOf(resource)} is ${status}`;
  const isForgotten = isKept(last.chart) && status !== "uninstalling";
  const mend = isForgotten
    ? `kubectl delete secret ${noteName(name, last.revision)} --namespace ${namespace}`
    : `helm ${args.join(" ")}`;
  const decide = (why: string, when: string): Examined => ({
    kind: "release",
    what: what + why,
    mend: `${mend}   # ${when}`,
  });

  const { timeout = defaultSeconds } = (resource.inputs ?? {}) as { timeout?: number };
  const until = new Date(last.changed.getTime() + timeout * 1000);
  if (isUnfinished(last) && until.getTime() > Date.now()) {
    return decide(
      `, and Helm may work on it until ${until.toISOString()}`,
      "after that, if nothing works on it",
    );
  }
  if (isForgotten) {
    return decide(
      ", and is not to be taken back, because every pod needs it",
      "Helm forgets what was interrupted, and no pod is changed; then look again",
    );
  }
  if (isBack) return { kind: "release", what, mend, fix: { do: "helm", args } };
  if (resource.protect) return decide(", and is protected", "if nothing of it is needed");
  const isFirst = revisions.length === 1 && status === "pending-install";
  if (!isFirst) return decide(", and no revision can be gone back to", "if nothing of it is needed");
  return { kind: "release", what, mend, fix: { do: "helm", args, urn: resource.urn } };
}

/** Whether a revision is of the chart and version that the program wants. */
function isOf({ inputs }: StateResource, { chart, chartVersion }: ReleaseRevision): boolean {
  const wanted = (inputs ?? {}) as { chart?: string; version?: string };
  // It may be given with its repository, as a folder, or as an archive, whose name ends in the version.
  const name = wanted.chart?.replace(/\/+$/, "").replace(/^.*\//, "");
  const isNamed = name === chart || name?.replace(/-v?\d[\w.+-]*$/, "") === chart;
  return isNamed && wanted.version?.replace(/^v/, "") === chartVersion.replace(/^v/, "");
}
