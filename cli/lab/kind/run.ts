import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { stringify } from "yaml";
import { fetchCharts } from "../../kit/charts.js";
import { CommandFailed, run } from "../../kit/run.js";
import type { Outcome } from "../../verify/run.js";
import { installPrerequisites, openCluster, ownedObjects } from "../apply/index.js";
import { defaultPrerequisites } from "../apply/prerequisites.js";
import { writeNodeFiles } from "../cluster/kubeadm.js";
import { labPaths } from "../cluster/paths.js";
import { describeProviders, helmFolders, officialNames, provide, startClouds } from "../official/index.js";
import type { Progress } from "../../kit/progress.js";
import { readSettings } from "../../kit/settings.js";
import { standIns } from "../../plan/providers/index.js";
import { Phases } from "../phases.js";
import { bringUp, takeDown } from "../lifeCycle.js";
import { nodeFiles, Program } from "../program.js";
import { openSession } from "../session.js";
import { projectFolder, toolPaths } from "../../kit/toolchain/tool.js";
import { UserError } from "../../kit/userError.js";
import {
  createCluster,
  deleteCluster,
  exportLogs,
  kindNode,
  nodeImage,
  kindNodeName,
  nodeVersion,
} from "./cluster.js";
import { kindCluster } from "./configuration.js";
import { collectDefinitions } from "./definitions.js";
import { keepToItself } from "./dns.js";
import { notHere, unexpectedFailures } from "./evidence.js";
import { kindSettings, kindStack } from "./settings.js";

export interface KindRunOptions {
  /** Path of kind. */
  kind: string;
  /** True: `npm run verify` runs as root, through sudo, for what lies on the node. */
  sudo: boolean;
  progress: Progress;
}

// Its dot keeps it apart from the names of labs, which have none.
const paths = labPaths(kindStack);
const kubeconfig = join(paths.root, "kubeconfig");
const settingsFile = join(projectFolder, `Pulumi.${kindStack}.yaml`);

/**
 * The lab on a kind cluster, with Pulumi's own plugins (but for oci) and the real charts: a cluster from the program's node
 * files, `up`, a second `up` and a `refresh` that change nothing, `npm run verify`, `destroy`.
 *
 * @throws UserError when something is not as it must be; the logs of the node and of Cloudflare's server are in
 *   .lab/kind.local.logs then.
 */
export async function runOnKind(options: KindRunOptions, print: (line: string) => void): Promise<void> {
  const { kind, progress } = options;
  await removeAll(kind);
  rmSync(paths.failureLogs, { recursive: true, force: true });
  try {
    await wholeLife(options, print);
  } catch (error) {
    await exportLogs(kind, paths.failureLogs).catch(() => {});
    if (existsSync(paths.logs)) cpSync(paths.logs, join(paths.failureLogs, "clouds"), { recursive: true });
    throw error;
  } finally {
    progress.step("stopping");
    await removeAll(kind);
    progress.done();
  }
}

/** The cluster, the state and the settings, of this run or of one that was broken off. */
export async function removeAll(kind: string): Promise<void> {
  await deleteCluster(kind, kubeconfig);
  rmSync(paths.root, { recursive: true, force: true });
  rmSync(settingsFile, { force: true });
}

async function wholeLife(
  { kind, sudo, progress }: KindRunOptions,
  print: (line: string) => void,
): Promise<void> {
  const phases = new Phases(progress, print);
  const lab = readFileSync(join(projectFolder, "Pulumi.lab.yaml"), "utf8");
  writeFileSync(settingsFile, kindSettings(lab, nodeVersion, kindNodeName));
  const { project, settings } = await readSettings(kindStack);
  const found = await toolPaths(["pulumi", "helm", "kubectl", "kubeseal"], { progress });
  const [cli, helm, kubectl, kubeseal] = [...found.values()];

  const scratch = join(paths.root, "scratch");
  const { all } = standIns({ cache: scratch });
  const packages = all.map(({ name }) => name);
  const providers = await phases.run(
    "official plugins",
    () =>
      provide({
        ...{ mode: "official", packages, settings, archives: false, cli: cli!, helm: helm!, progress },
        ...{ home: join(paths.state, "home"), scratch: join(scratch, "charts") },
      }),
    (providers) => describeProviders(providers).join("; "),
  );
  const official = officialNames(providers);
  const state = {
    ...{ folder: paths.state, cli: cli!, project, stack: kindStack },
    providers: all.filter(({ name }) => !official.includes(name)),
    // A killed run is never resumed.
    checkpoints: false,
  };

  const cluster = await phases.run(
    "control plane",
    async () => {
      const { nodeFiles: files } = await nodeFiles(settings, state);
      writeNodeFiles(paths.node, files);
      const configuration = join(paths.root, "kind.yaml");
      writeFileSync(configuration, stringify(kindCluster({ image: nodeImage, files, folder: paths.node })));
      await createCluster(kind, configuration, kubeconfig);
      const crds = join(paths.root, "crds");
      await collectDefinitions(crds, (await fetchCharts(progress)).crds);
      const cluster = await openCluster({ kubeconfig, kubectl: kubectl!, crds });
      await keepToItself(cluster);
      // kind has volumes of its own.
      await installPrerequisites(cluster, { ...defaultPrerequisites, volumes: [] });
      return cluster;
    },
    () => `kind, ${nodeVersion}`,
  );

  const clouds = await startClouds(official, settings, paths.logs);
  const env = { KUBECONFIG: kubeconfig, ...helmFolders(scratch), ...clouds.env };
  const session = await openSession({ ...state, env });
  try {
    const program = new Program(session, settings);
    await bringUp(phases, program);
    const certificates = join(paths.root, "sealing-certificates.json");
    writeFileSync(certificates, JSON.stringify((await session.outputs())["sealingCertificates"]));
    const outcomes = await phases.run(
      "evidence",
      () => verify({ sudo, kubeconfig, certificates, kubeseal: kubeseal! }),
      (outcomes) => `${outcomes.filter(({ status }) => status === "proved").length} proved`,
    );
    for (const { status, claim, evidence } of outcomes) {
      const because = status === "failed" && claim in notHere ? ` (expected here: ${notHere[claim]})` : "";
      print(`  ${status.padEnd(10)} ${claim}: ${evidence}${because}`);
    }
    const failures = unexpectedFailures(outcomes);
    if (failures.length > 0) throw new UserError(`claims failed:\n${failures.join("\n")}`);
    await takeDown(
      phases,
      program,
      () => ownedObjects(cluster),
      () => clouds.holds(),
    );
  } finally {
    session.close();
    await clouds.stop();
  }
}

/** `npm run verify` on the cluster. */
async function verify(given: {
  sudo: boolean;
  kubeconfig: string;
  certificates: string;
  kubeseal: string;
}): Promise<Outcome[]> {
  const node = await kindNode();
  const path = [dirname(given.kubeseal), process.env["PATH"]].join(delimiter);
  const command = [
    // sudo has a PATH of its own.
    ...(given.sudo ? ["sudo", "--non-interactive", "env", `PATH=${path}`] : ["env", `PATH=${path}`]),
    ...[process.execPath, join(projectFolder, "cli/cluster-security.cjs"), "verify", "--json"],
    ...["--stack", kindStack, "--kubeconfig", given.kubeconfig],
    ...["--sealing-certificates", given.certificates],
    ...(given.sudo ? ["--node-root", node.root, "--etcd-endpoint", `https://${node.address}:2379`] : []),
  ];
  const { stdout } = await run(command, { cwd: projectFolder }).catch((error: Error) => {
    // Exits 1 if a claim failed, and also if it could not start.
    if (error instanceof CommandFailed && error.stdout.startsWith("{")) return error;
    throw new UserError(`npm run verify failed:\n${error.message}`);
  });
  return (JSON.parse(stdout) as { claims: Outcome[] }).claims;
}
