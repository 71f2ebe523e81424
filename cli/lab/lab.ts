import { join } from "node:path";
import { livingProblem } from "../../stacks/livingSecrets.js";
import type { GuardedValue } from "../../stacks/settings/guarded.js";
import type { Settings } from "../../stacks/settings/index.js";
import {
  ciliumDefinitions,
  installPrerequisites,
  openCluster,
  ownedObjects,
  recordedReleases,
  startKubernetes,
  type KubernetesPlugin,
  type OwnedObject,
  type RecordedRelease,
} from "./apply/index.js";
import { stopLab, type Binaries } from "./cluster/labControlPlane.js";
import { demandNotRunning, isAnythingRunning } from "./cluster/running.js";
import type { LabPaths } from "./cluster/paths.js";
import { simulatedCluster } from "./cluster/simulated.js";
import { helmFolders, startClouds, type Clouds, type Provider } from "./official/index.js";
import { chartsUsed } from "../plan/chartsUsed.js";
import type { PlannedRelease } from "../plan/providers/kubernetes/release.js";
import { UserError } from "../kit/userError.js";
import type { LabCluster } from "./labCluster.js";
import type { LabOptions } from "./options.js";
import { Phases } from "./phases.js";
import { prepare } from "./preparation.js";
import { Program, type Counts } from "./program.js";
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
    readonly cluster: LabCluster,
    /** What serves each package. */
    readonly providers: readonly Provider[],
    private readonly clouds: Clouds,
    private readonly session: Session,
    private readonly live: Awaited<ReturnType<typeof openCluster>>,
    /** Pulumi's Kubernetes plugin, where the engine has not started it itself. */
    private readonly kubernetes: KubernetesPlugin | undefined,
    guarded: readonly GuardedValue[],
  ) {
    const { kubeconfig } = cluster;
    // As stacks/index.ts does it.
    this.program = new Program(session, settings, () =>
      livingProblem(guarded, options.stack, { kubeconfig }),
    );
  }

  /**
   * Brings the cluster up: what kubeadm needs comes from the program itself, applied to the lab's state. A state that
   * is there already, such as that of a cluster that was lost, is used as it is.
   *
   * @param phases Those of a real node. Default: nobody is told of them.
   * @throws UserError for what the user can mend; Error with the end of the log of what does not come up.
   */
  static async start(options: LabOptions, phases = new Phases(options.progress, () => {})): Promise<Lab> {
    demandNotRunning(options.name);
    return Lab.begin(options, phases);
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
    return Lab.begin(options);
  }

  /** @param phases Those of the cluster that is brought up. Default: it runs already. */
  private static async begin(options: LabOptions, phases?: Phases): Promise<Lab> {
    const prepared = await prepare(options);
    const { settings, binaries, state, standingIn, wrap } = prepared;
    const { name, keep, progress, validitySeconds } = options;
    const request = {
      ...{ name, keep, settings, binaries, progress, validitySeconds },
      session: { ...state, providers: standingIn.map(wrap) },
    };
    const cluster: LabCluster =
      options.cluster === "node"
        ? await (await import("./node/nodeCluster.js")).nodeCluster(request, phases!)
        : await simulatedCluster({ ...request, bringUp: phases !== undefined });
    try {
      return await Lab.on(cluster, options, prepared, phases !== undefined);
    } catch (error) {
      if (phases) await cluster.stop();
      throw error;
    }
  }

  /** @param isNew Whether the cluster has just been brought up. */
  private static async on(
    cluster: LabCluster,
    options: LabOptions,
    prepared: Awaited<ReturnType<typeof prepare>>,
    isNew: boolean,
  ): Promise<Lab> {
    const { paths, settings, guarded, charts, scratch, binaries, providers, official } = prepared;
    const { state, standingIn, wrap } = prepared;
    const { kubeconfig, bringImages, overrides } = cluster;
    const live = await openCluster({ kubeconfig, kubectl: binaries("kubectl"), crds: options.crds });
    if (isNew) {
      // Cilium's operator would bring them, where pods run; policies may come before it.
      await live.definitions.installPrinted(ciliumDefinitions(binaries("cilium-policy")));
      await installPrerequisites(live);
    }
    const clouds = await startClouds(official, settings, paths.logs);
    let kubernetes: KubernetesPlugin | undefined;
    try {
      if (!official.includes("kubernetes"))
        kubernetes = await startKubernetes(live, {
          ...{ kubeconfig, scratch, charts, bringImages, overrides, around: options.around },
          helm: binaries("helm"),
          plugin: binaries("pulumi-resource-kubernetes"),
          crds: options.crds,
          log: join(paths.logs, "pulumi-kubernetes.log"),
        });
      const session = await openSession({
        ...state,
        providers: standingIn.map((provider) => wrap(cluster.wrap?.(provider) ?? provider)),
        plugins: kubernetes ? [kubernetes] : [],
        env: { KUBECONFIG: kubeconfig, ...helmFolders(scratch), ...clouds.env },
      });
      return new Lab(
        options,
        paths,
        settings,
        binaries,
        cluster,
        providers,
        clouds,
        session,
        live,
        kubernetes,
        guarded,
      );
    } catch (error) {
      await kubernetes?.close();
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
    return recordedReleases(this.live.api);
  }

  /** Version of the Kubernetes plugin that the lab runs; undefined where the engine runs it. */
  pluginVersion(): string | undefined {
    return this.kubernetes?.version;
  }

  /** Charts that were installed from archives, a line each: all that it has but for what is recorded. */
  installed(recorded: readonly RecordedRelease[]): string[] {
    const isRecorded = (release: PlannedRelease) =>
      recorded.some(({ namespace, name }) => namespace === release.namespace && name === release.name);
    return chartsUsed((this.kubernetes?.releases() ?? []).filter((release) => !isRecorded(release)));
  }

  /** What resources of the program still own in the cluster. */
  leftovers(): Promise<OwnedObject[]> {
    return ownedObjects(this.live);
  }

  /** What exists in the server that the official plugin of Cloudflare talks to, one line each. */
  leftInClouds(): string[] {
    return this.clouds.holds();
  }

  /** Stops what this process serves to the engine. The cluster goes on, if it was started so. */
  async release(): Promise<void> {
    this.session.close();
    await this.kubernetes?.close();
    await this.clouds.stop();
  }

  /** Stops everything. Files, the state among them, stay unless they are to be removed. */
  async stop(options: { removeFiles: boolean }): Promise<void> {
    await this.release();
    await this.cluster.stop();
    await stopLab(this.options.name, options);
  }
}
