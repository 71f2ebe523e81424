import { choice } from "../../../components/common/mend.js";
import { sampleName } from "../../../components/backups/restoreSampleNames.js";
import { drillsVelero } from "../derived/drill.js";
import { admittedRegistries } from "../derived/registries.js";
import { isPodsName } from "../derived/endpoint.js";
import { leaveNothingOf, takesBack } from "../fields/excludes.js";
import { unreachableFromNode } from "../fields/networks.js";
import type { Settings } from "../schema.js";
import type { Report } from "./index.js";

/** Backup jobs, their node and their folders. */
export function backupRules(settings: Settings, report: Report): void {
  backupNodeExists(settings, report);
  drillHasItsSchedule(settings, report);
  foldersAreNotLeftOut(settings, report);
  nodeReachesItsTargets(settings, report);
}

function backupNodeExists({ cluster, backups }: Settings, report: Report): void {
  const { node } = backups.jobs;
  const names = cluster.nodes.map(({ name }) => name);
  if (node !== undefined && !names.includes(node)) {
    report(["backups", "jobs", "node"], `"${node}" is not one of cluster.nodes: ${names.join(", ")}`);
  }
}

function drillHasItsSchedule(settings: Settings, report: Report): void {
  if (!drillsVelero(settings)) return;
  settings.backups.velero.schedules.forEach(({ name }, index) => {
    if (name !== sampleName) return;
    report(
      ["backups", "velero", "schedules", index, "name"],
      `"${name}" is the restore drill's`,
      choice("take another, or set backups.jobs.restoreDrill.velero.enabled: false"),
    );
  });
  const { image } = settings.backups.jobs.restoreDrill.velero;
  if (settings.access.admission.action === "deny" && !isAdmitted(image, admittedRegistries(settings)))
    report(
      ["backups", "jobs", "restoreDrill", "velero", "image"],
      `${image} is from no registry that admission takes images from, and the drill's pods would be refused`,
      choice("add it to access.admission.registries"),
    );
}

/** Whether an image's name begins with a registry; without a host it is one of Docker Hub. */
function isAdmitted(image: string, registries: readonly string[]): boolean {
  const [first = ""] = image.split("/");
  const hasHost = image.includes("/") && (/[.:]/.test(first) || first === "localhost");
  const full = hasHost ? image : `docker.io/${image.includes("/") ? "" : "library/"}${image}`;
  return registries.some((registry) =>
    (registry.includes("/") ? ["/", ":", "@"] : ["/"]).some((next) => full.startsWith(registry + next)),
  );
}

function foldersAreNotLeftOut({ backups }: Settings, report: Report): void {
  for (const part of ["volumes", "host"] as const) {
    const { paths, excludes } = backups.jobs[part];
    const emptied = new Set<string>();
    excludes.forEach((pattern, index) => {
      const back = excludes.slice(index + 1).filter(takesBack);
      const left = takesBack(pattern) ? [] : paths.filter((path) => leaveNothingOf([pattern, ...back], path));
      if (left.length > 0)
        report(["backups", "jobs", part, "excludes", index], leftOut(pattern, left[0]!, back));
      for (const path of left) emptied.add(path);
    });
    const path = paths.find((path) => !emptied.has(path) && leaveNothingOf(excludes, path));
    if (path !== undefined)
      report(
        ["backups", "jobs", part, "excludes"],
        `together they leave out all of ${path}, which is to be backed up`,
      );
  }
}

function leftOut(pattern: string, path: string, back: string[]): string {
  const problem = `"${pattern}" leaves out all of ${path}, which is to be backed up`;
  return back.length === 0
    ? problem
    : `${problem}; ${back[0]} takes nothing of it back: a ! below a folder works only if the folder is not left out itself, as by ${path}/*`;
}

/** The node asks its own DNS, which knows no Service. */
function nodeReachesItsTargets(settings: Settings, report: Report): void {
  const { pushgateway, postgres } = settings.backups.jobs;
  const inside = "is a name inside the cluster, which the node does not find";
  const judge = (path: string[], host: string, mend: string, isUsual = false) => {
    const isInside = isUsual || isPodsName(host, settings);
    const problem = isInside ? `${host} ${inside}` : unreachableFromNode(host);
    if (problem) report(["backups", "jobs", ...path], problem, isInside ? choice(mend) : undefined);
  };
  if (pushgateway !== undefined) {
    const host = new URL(pushgateway).hostname.replace(/^\[(.*)\]$/, "$1");
    const mend = `give the Service's address, or leave it out where it is ${usualPushgateway}'s`;
    judge(["pushgateway"], host, mend, host === usualPushgateway);
  }
  if (postgres.server)
    judge(
      ["postgres", "server", "host"],
      postgres.server.host,
      "give the Service's address, or leave server out and name the pod",
    );
}

const usualPushgateway = "prometheus-pushgateway";
