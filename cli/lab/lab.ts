import { join } from "node:path";
import { livingProblem } from "../../stacks/livingSecrets.js";
import type { GuardedValue } from "../../stacks/settings/guarded.js";
import type { Settings } from "../../stacks/settings/index.js";
import { kubeadmConfigPath } from "../../components/control-plane/kubeadmConfig.js";
import {
  applying,
  ciliumDefinitions,
  installPrerequisites,
  openCluster,
  ownedObjects,
  recordedReleases,
  type OwnedObject,
  type RecordedRelease,
} from "./apply/index.js";
import { labBinaries } from "./binaries.js";
import { ControlPlane, stopLab, type Binaries } from "./cluster/controlPlane.js";
import { demandNotRunning, isAnythingRunning } from "./cluster/running.js";
import { startNode } from "./cluster/node.js";
import { labPaths, type LabPaths } from "./cluster/paths.js";
import {
  helmFolders,
  officialNames,
  provide,
  startClouds,
  type Clouds,
  type Provider,
} from "./official/index.js";
import { chartsUsed } from "../plan/chartsUsed.js";
import { standIns } from "../plan/providers/index.js";
import type { PlannedRelease } from "../plan/providers/kubernetes/release.js";
import { projectFolder } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";
import type { LabOptions } from "./options.js";
import { nodeFiles, Program, type Counts } from "./program.js";
import { labSettings } from "./settings.js";
import { openSession, type Session } from "./session.js";
import type { StateResource } from "../state/stackExport.js";

/** A cluster on this machine that the program is applied to. */
export class Lab {
  private readonly program: Program;

  private constructor(
    readonly options: LabOptions,
    readonly paths: LabPaths,
    readonly settings: Settings,
    readonly binaries: Binaries,
    readonly plane: ControlPlane,
    /** What serves each package. */
    readonly providers: readonly Provider[],
    private readonly clouds: Clouds,
    private readonly session: Session,
    private readonly cluster: Awaited<ReturnType<typeof openCluster>>,
    private readonly releases: readonly PlannedRelease[],
    guarded: readonly GuardedValue[],
  ) {
    const { kubeconfig } = paths;
    // As stacks/index.ts does it.
    this.program = new Program(session, settings, () =>
      livingProblem(guarded, options.stack, { kubeconfig }),
    );
  }

  /**
   * Brings the cluster up: what kubeadm needs comes from the program itself, applied to the lab's state. A state that
   * is there already, such as that of a cluster that was lost, is used as it is.
   *
   * @throws UserError for what the user can mend; Error with the end of the log of what does not come up.
   */
  static async start(options: LabOptions): Promise<Lab> {
    demandNotRunning(options.name);
    return Lab.begin(options, true);
  }

  /**
   * Goes on with a lab whose cluster runs, such as one that was kept, with checkpoints, when its process was killed in the
   * middle of an `up`.
   *
   * @throws UserError when it does not run.
   */
  static async open(options: LabOptions): Promise<Lab> {
    const { name } = options;
    if (!isAnythingRunning(name)) throw new UserError(`Lab ${name} is not running`);
    return Lab.begin(options, false);
  }

  private static async begin(options: LabOptions, bringUp: boolean): Promise<Lab> {
    const { name, stack, keep, progress, checkpoints = false, wrap = (standIn) => standIn } = options;
    const paths = labPaths(name);
    const { project, settings: given, guarded } = await labSettings(stack);
    // Nothing issues a certificate here.
    const settings = { ...given, certificates: { ...given.certificates, waitSeconds: 0 } };
    const binaries = await labBinaries(progress);

    const charts = [options.charts, options.fetchedCharts].filter((folder) => folder !== undefined);
    const recorded = standIns({ crds: options.crds, charts, cache: join(projectFolder, ".cache", "crds") });
    const scratch = join(paths.root, "scratch");
    const providers = await provide({
      mode: options.providers ?? "stand-in",
      packages: recorded.all.map(({ name }) => name),
      settings,
      archives: options.charts !== undefined,
      cli: binaries("pulumi"),
      helm: binaries("helm"),
      home: join(paths.state, "home"),
      scratch: join(scratch, "charts"),
      progress,
    });
    const official = officialNames(providers);

    progress.step("rendering the node files");
    const state = { folder: paths.state, cli: binaries("pulumi"), project, stack, checkpoints };
    const standingIn = recorded.all.filter(({ name }) => !official.includes(name));
    const files = bringUp
      ? await nodeFiles(settings, { ...state, providers: standingIn.map(wrap) })
      : undefined;

    if (files) progress.step("starting the control plane");
    const node = settings.cluster.nodes[0]!;
    const plane = await ControlPlane.of({
      name,
      binaries,
      nodeAddress: node.address,
      configurationPath: kubeadmConfigPath,
      keep,
    });
    if (files) {
      await plane.apply(files);
      await startNode(plane, binaries, node.name);
    }

    const cluster = await openCluster({
      kubeconfig: paths.kubeconfig,
      kubectl: binaries("kubectl"),
      crds: options.crds,
    });
    if (files) {
      // Cilium's operator would bring them, and no pod really runs here.
      await cluster.definitions.installPrinted(ciliumDefinitions(binaries("cilium-policy")));
      await installPrerequisites(cluster);
    }
    const kubernetes = applying(recorded.kubernetes, cluster, {
      helm: binaries("helm"),
      kubeconfig: paths.kubeconfig,
      scratch,
      charts,
    });
    const clouds = await startClouds(official, settings, paths.logs);
    try {
      const session = await openSession({
        ...state,
        providers: standingIn
          .map((provider) => (provider.name === "kubernetes" ? kubernetes : provider))
          .map(wrap),
        env: { KUBECONFIG: paths.kubeconfig, ...helmFolders(scratch), ...clouds.env },
      });
      const { releases } = kubernetes;
      return new Lab(
        options,
        paths,
        settings,
        binaries,
        plane,
        providers,
        clouds,
        session,
        cluster,
        releases,
        guarded,
      );
    } catch (error) {
      await clouds.stop();
      throw error;
    }
  }

  /**
   * `pulumi up` of the stack, of all of it with the policy pack.
   *
   * @param targets As `--target` takes them. Default: everything.
   */
  up(targets?: string[]): Promise<Counts> {
    return this.program.up(targets);
  }

  /** `pulumi refresh`: what differs between the state and the cluster counts as an update or a deletion. */
  refresh(): Promise<Counts> {
    return this.program.refresh();
  }

  /** `pulumi destroy`, of what is protected as well. */
  destroy(): Promise<Counts> {
    return this.program.destroy();
  }

  /** Outputs of the stack, secrets in plain. */
  outputs(): Promise<Record<string, unknown>> {
    return this.session.outputs();
  }

  /** Everything that is in the state, secrets in plain. */
  resources(): Promise<StateResource[]> {
    return this.session.resources();
  }

  /** Releases whose chart was not at hand: recorded, not installed. */
  recorded(): Promise<RecordedRelease[]> {
    return recordedReleases(this.cluster.api);
  }

  /** Charts that the stand-in has installed, a line each. */
  installed(): string[] {
    return chartsUsed(this.releases);
  }

  /** What resources of the program still own in the cluster. */
  leftovers(): Promise<OwnedObject[]> {
    return ownedObjects(this.cluster);
  }

  /** What exists in the server that the official plugin of Cloudflare talks to, one line each. */
  leftInClouds(): string[] {
    return this.clouds.holds();
  }

  /** Stops what this process serves to the engine. The cluster goes on, if it was started so. */
  async release(): Promise<void> {
    this.session.close();
    await this.clouds.stop();
  }

  /** Stops everything. Files, the state among them, stay unless they are to be removed. */
  async stop(options: { removeFiles: boolean }): Promise<void> {
    await this.release();
    await stopLab(this.options.name, options);
  }
}
