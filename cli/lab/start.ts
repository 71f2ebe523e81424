import { cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { openTarget } from "../verify/cluster/target.js";
import { webThrough } from "../verify/cluster/web.js";
import { report } from "../verify/report.js";
import { checkClaims, holds, type Outcome } from "../verify/run.js";
import { chartNames } from "../../components/common/charts.js";
import type { RecordedRelease } from "./apply/index.js";
import { LabControlPlane, stopLab } from "./cluster/labControlPlane.js";
import { refusesStarts } from "./cluster/daemon.js";
import { labPaths } from "./cluster/paths.js";
import { describeProviders } from "./official/index.js";
import { withStandIn } from "./sealedSecrets/installation.js";
import { startSealedSecrets, type Started } from "./sealedSecrets/sealedSecrets.js";
import { demandNotRunning } from "./cluster/running.js";
import { usesOf, type KeptLab } from "./kept.js";
import { Lab } from "./lab.js";
import { bringUp, takeDown } from "./lifeCycle.js";
import { takesEscapes } from "../kit/progress.js";
import { letSignalCome } from "../kit/signals.js";
import { widthOf } from "../kit/table.js";
import type { LabOptions } from "./options.js";
import { Phases, type Phase } from "./phases.js";

export interface StartResult {
  /** What was found about every claim of the page. */
  outcomes: Outcome[];
  /** True when no claim failed. */
  holds: boolean;
  /** How long each phase took. */
  phases: Phase[];
}

/**
 * The whole life of a lab: up, up again, refresh, the evidence, destroy, stop. With `keep` it ends after the evidence
 * and the cluster goes on.
 *
 * @param print Takes the lines of the result.
 * @throws UserError when something is not as it must be; everything is stopped then, and its logs are kept.
 */
export async function startLab(options: LabOptions, print: (line: string) => void): Promise<StartResult> {
  // Whatever fails from here on stops the lab, which must not be one that was there before.
  demandNotRunning(options.name);
  // What a node that was killed has left is its state, and the cluster that it is about is gone.
  if (options.cluster === "node") await stopLab(options.name, { removeFiles: true });
  const { logs, failureLogs } = labPaths(options.name);
  rmSync(failureLogs, { recursive: true, force: true });
  const phases = new Phases(options.progress, print);
  let lab: Lab | undefined;
  let kept = false;
  try {
    const started = await phases.run(
      "control plane",
      () => Lab.start(options, phases),
      ({ cluster }) => `ready at ${cluster.server}`,
    );
    lab = started;
    await bringUp(phases, started);

    const { cluster } = started;
    await cluster.neighbours?.complete(phases, (await started.outputs())["sealingCertificate"] as string);
    const sealing =
      cluster instanceof LabControlPlane
        ? await startSealedSecrets(cluster, started.binaries, { crds: options.crds })
        : undefined;
    if (sealing) print(describe(sealing));
    const recorded = await started.recorded();
    const outcomes = await phases.run("evidence", () => evidenceOf(started, recorded, sealing), counts);
    print("");
    print(report(outcomes, { width: widthOf(process.stdout), colour: takesEscapes(process.stdout) }));
    printRecorded(recorded, print);
    printInstalled(started.installed(recorded), print);
    for (const line of describeProviders(started.providers)) print(`Providers, ${line}`);
    const version = started.pluginVersion();
    if (version) print(`Kubernetes plugin: ${version}`);
    if (cluster.acmeStandIn)
      print(
        `Let's Encrypt: ${cluster.acmeStandIn.name} stands in for it, and the lab for Cloudflare and for public DNS`,
      );
    if (cluster.overrides?.("cilium") && !chartsOf(recorded).includes("cilium"))
      print("Cilium: without Envoy, so no rule for HTTP requests is enforced");

    if (options.keep) {
      const uses = usesOf({
        name: options.name,
        stack: options.stack,
        cluster,
        kubectl: started.binaries("kubectl"),
        recorded: chartsOf(recorded),
        ...(await writeCertificates(started)),
      });
      kept = cluster.ended === undefined;
      await started.release();
      print(uses);
      await cluster.ended?.();
      return { outcomes, holds: holds(outcomes), phases: phases.done };
    }
    await takeDown(
      phases,
      started,
      () => started.leftovers(),
      () => started.leftInClouds(),
    );
    return { outcomes, holds: holds(outcomes), phases: phases.done };
  } catch (error) {
    // A signal takes the logs away as well.
    await letSignalCome();
    if (existsSync(logs) && !refusesStarts()) {
      cpSync(logs, failureLogs, { recursive: true });
      print(`Logs: ${relative(process.cwd(), failureLogs)}`);
    }
    throw error;
  } finally {
    if (!kept) {
      options.progress.step("stopping");
      if (lab) await lab.stop({ removeFiles: true });
      else await stopLab(options.name, { removeFiles: true });
      options.progress.done();
    }
  }
}

function describe(sealing: Started): string {
  return "problem" in sealing
    ? `Sealed Secrets controller not started: ${sealing.problem}`
    : `Sealed Secrets controller started: ${sealing.controller.source}; ${sealing.definition}`;
}

const chartsOf = (recorded: readonly RecordedRelease[]) =>
  chartNames.filter((name) => recorded.some(({ chart }) => chart === name));

/** Writes certificates, which are public, to files: those of the stack's sealing keys, and pebble's; returns their paths. */
async function writeCertificates(lab: Lab): Promise<Pick<KeptLab, "certificates" | "acmeRoot">> {
  const certificates = join(lab.paths.root, "sealing-certificates.json");
  writeFileSync(certificates, JSON.stringify((await lab.outputs())["sealingCertificates"]));
  const { acmeStandIn } = lab.cluster;
  if (!acmeStandIn) return { certificates };
  const acmeRoot = join(lab.paths.root, "acme-root.pem");
  writeFileSync(acmeRoot, acmeStandIn.root);
  return { certificates, acmeRoot };
}

async function evidenceOf(
  lab: Lab,
  recorded: readonly RecordedRelease[],
  sealing: Started | undefined,
): Promise<Outcome[]> {
  const { sealingCertificates } = (await lab.outputs()) as { sealingCertificates: string[] };
  const { neighbours } = lab.cluster;
  const standIn = sealing && "controller" in sealing ? sealing.controller.standIn : undefined;
  const target = await openTarget({
    settings: withStandIn(lab.settings, { standIn }),
    kubeconfig: lab.cluster.kubeconfig,
    nodeRoot: lab.cluster.nodeRoot,
    etcdEndpoint: lab.cluster.etcdEndpoint,
    recorded: chartsOf(recorded),
    sealingCertificates,
    kubeseal: lab.binaries("kubeseal"),
    controllerProblem: sealing && "problem" in sealing ? sealing.problem : undefined,
    standInRights: standIn && `${standIn.kind} ${standIn.namespace}/${standIn.name}`,
    acmeStandIn: lab.cluster.acmeStandIn,
    web: neighbours && webThrough(lab.settings.certificates.zone, neighbours.gateway.https),
  });
  try {
    return await checkClaims(target);
  } finally {
    await target.scratch.remove();
  }
}

function counts(outcomes: Outcome[]): string {
  return (["proved", "failed", "unchecked"] as const)
    .map((status) => [outcomes.filter((outcome) => outcome.status === status).length, status] as const)
    .filter(([count]) => count > 0)
    .map(([count, status]) => `${count} ${status}`)
    .join(", ");
}

function printRecorded(recorded: Awaited<ReturnType<Lab["recorded"]>>, print: (line: string) => void): void {
  if (recorded.length === 0) return;
  print("Recorded, not installed, because the chart, or an image that its pods need, was not at hand:");
  for (const { namespace, name, chart, version } of recorded)
    print(`  ${namespace}/${name}: ${chart} ${version}`);
}

function printInstalled(charts: readonly string[], print: (line: string) => void): void {
  if (charts.length === 0) return;
  print("Installed, from archives:");
  for (const line of charts) print(`  ${line}`);
}
