import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { kubeadmConfigPath } from "../../../../components/control-plane/kubeadmConfig.js";
import { LabControlPlane, stopLab } from "../../../../cli/lab/cluster/labControlPlane.js";
import { isDaemonRunning, noted } from "../../../../cli/lab/cluster/daemon.js";
import { labPaths, type LabPaths } from "../../../../cli/lab/cluster/paths.js";
import { changed } from "../../../../cli/lab/program.js";
import type { StateResource } from "../../../../cli/state/stackExport.js";
import { projectFolder } from "../../../../cli/kit/toolchain/tool.js";
import { crds } from "../../../kit/charts.js";
import { ifAbandoned } from "../../../kit/abandoned.js";
import { binaries } from "../sealed-secrets/lab.js";
import { changedSecrets, hashesOf, type Findings, type SecretHashes } from "./findings.js";
import { runTask, type LabAnswer, type LabTask, type TaskOptions, type TaskResult } from "./labTask.js";
import type { Moment } from "./watched.js";
import { anotherValue, isSame, difference } from "./differences.js";

interface FaultLabOptions {
  name: string;
  /** Folder with chart archives. Default: none, releases are recorded. */
  charts?: string;
  /** Settings of the registry next to the stack's own. Default: none. */
  registry?: Record<string, string>;
}

/** When an `up` is killed, and what dies with the engine. */
export interface Kill {
  at: Moment["at"];
  /** Number of the creation. */
  count: number;
  /** The engine by itself, its process with everything that it runs, or those and the servers of the cluster. */
  who: "engine" | "process" | "cluster";
}

type DestroyKill = Pick<Kill, "at" | "count">;

/** A cluster that goes on while the processes that apply the program to it are killed. */
export class FaultLab {
  readonly paths: LabPaths;
  /** How many creations and deletions there are in a run that nothing disturbs. */
  readonly asked: LabAnswer["asked"] = { create: 0, delete: 0 };
  /** What such a run comes to. */
  private applied?: Findings;
  private destroyed?: Findings;
  /** Keeps the state as it is before the first `up`. */
  private readonly folder = mkdtempSync(join(tmpdir(), "faults-"));

  private allIsWell?: () => void;

  constructor(readonly options: FaultLabOptions) {
    this.paths = labPaths(options.name);
  }

  /** Runs a task in a process of its own. */
  run(task: Pick<LabTask, "begin" | "steps"> & Partial<LabTask>, options?: TaskOptions): Promise<TaskResult> {
    return runTask({ ...this.options, crds, ...task }, options);
  }

  /** Brings the cluster up, and remembers the state it has then. */
  async start(): Promise<LabAnswer> {
    const { name } = this.options;
    this.allIsWell ??= ifAbandoned(`npm run lab:stop -- --name ${name}; rm -rf '${this.folder}'`, {
      cwd: projectFolder,
    });
    const answer = demandAnswer(await this.run({ begin: "start", steps: ["doctor"] }));
    cpSync(this.paths.state, this.atStart, { recursive: true });
    return answer;
  }

  /**
   * Kills the run that draws what the node files need, before there is a cluster, and starts again.
   *
   * @returns What is not as if nothing had happened.
   */
  async killedAtStart(at: Moment["at"], count: number): Promise<string[]> {
    const kill = { operation: "create", at, count, who: "all" } as const;
    const died = await this.run({ begin: "start", steps: [], kill });
    if (died.answer) return [`the start was not killed: ${died.answer.error ?? "it succeeded"}`];
    const before = this.secretsInState();
    await this.start();
    return changedSecrets(before, this.secretsInState()).map(anotherValue);
  }

  /** Hashes of the secrets in the state, without asking the cluster. */
  private secretsInState(): SecretHashes {
    const text = this.pulumi("stack", "export", "--show-secrets");
    const { deployment } = JSON.parse(text) as { deployment: { resources: StateResource[] } };
    return hashesOf(deployment.resources);
  }

  /** Forgets everything but the node files. The cluster must be as empty as that. */
  reset(): void {
    rmSync(this.paths.state, { recursive: true, force: true });
    cpSync(this.atStart, this.paths.state, { recursive: true });
  }

  private get atStart(): string {
    return join(this.folder, "state");
  }

  /** An `up` that nothing disturbs. What comes after it is measured by what it came to. */
  async up({ events, ...options }: TaskOptions & Pick<LabTask, "events"> = {}): Promise<{
    answer: LabAnswer;
    output: string;
  }> {
    const steps: LabTask["steps"] = ["up", "values", "findings"];
    // All that is written of the state is looked at.
    const result = await this.run({ begin: "open", steps, events, checkpoints: true }, options);
    const answer = demandAnswer(result);
    this.asked.create = answer.asked.create;
    this.applied = answer.findings[0]!;
    return { answer, output: result.output };
  }

  /** The `destroy` after that, undisturbed as well. */
  async destroy({ events, ...options }: TaskOptions & Pick<LabTask, "events"> = {}): Promise<LabAnswer> {
    const result = await this.run({ begin: "open", steps: ["destroy", "findings"], events }, options);
    const answer = demandAnswer(result);
    this.asked.delete = answer.asked.delete;
    this.destroyed = answer.findings[0]!;
    return answer;
  }

  /**
   * Kills an `up`, goes on with the doctor's help, kills that again, and so on; then also the `destroy` if asked to.
   *
   * @returns What is not as if nothing had happened, one line each.
   */
  async killed(kills: readonly Kill[], destroyKill?: DestroyKill): Promise<string[]> {
    this.reset();
    let begin: LabTask["begin"] = "open";
    const earlier: SecretHashes[] = [];
    for (const [index, { at, count, who }] of kills.entries()) {
      const died = await this.run({
        begin,
        steps: index === 0 ? ["up"] : ["secrets", "doctor", "up"],
        kill: { operation: "create", at, count, who: who === "engine" ? "engine" : "all" },
      });
      if (died.answer && !(who === "engine" && died.answer.error)) {
        return [`up ${index + 1} was not killed: ${died.answer.error ?? "it succeeded"}`];
      }
      if (index > 0) earlier.push(died.soFar!.secrets[0]!);
      if (who === "cluster") await this.killServers();
      begin = who === "cluster" ? "start" : "open";
    }
    return this.recover(begin, earlier, destroyKill);
  }

  /** Whatever happened to it before: with the doctor's help another `up` gets it right, and a `destroy` takes it all away. */
  private async recover(begin: LabTask["begin"], earlier: SecretHashes[], destroyKill?: DestroyKill) {
    const up: LabTask["steps"] = ["secrets", "doctor", "up", "up", "refresh", "secrets", "findings"];
    const destroy: LabTask["steps"] = ["destroy", "findings"];
    const { answer } = await this.run({ begin, steps: destroyKill ? up : [...up, ...destroy] });
    const problems = this.differences(answer!, earlier);
    if (!destroyKill) return [...problems, ...this.leftIn(answer!)];

    const kill = { operation: "delete", ...destroyKill, who: "all" } as const;
    const died = await this.run({ begin: "open", steps: ["destroy"], kill });
    if (died.answer) problems.push(`the destroy was not killed: ${died.answer.error ?? "it succeeded"}`);
    const last = await this.run({ begin: "open", steps: ["doctor", ...destroy] });
    return [...problems, ...this.leftIn(last.answer!)];
  }

  private differences({ counts, findings, secrets, error }: LabAnswer, earlier: SecretHashes[]): string[] {
    if (error !== undefined && counts.length < 3) return [error];
    const [, again, refresh] = counts;
    const after = secrets.at(-1)!;
    const before = [...earlier, secrets[0]!];
    return [
      ...(isSame(again!.counts) ? [] : [`a second up: ${changed(again!.counts)}`]),
      ...(isSame(refresh!.counts) ? [] : [`refresh: ${changed(refresh!.counts)}`]),
      ...before.flatMap((then) => changedSecrets(then, after)).map(anotherValue),
      ...difference("in the state", this.applied!.urns, findings[0]!.urns),
      ...difference("owned", this.applied!.owned, findings[0]!.owned),
      ...difference("in the cluster", this.applied!.objects, findings[0]!.objects),
    ];
  }

  private leftIn({ findings, error }: LabAnswer): string[] {
    if (error !== undefined) return [error];
    const { urns, owned, objects } = findings.at(-1)!;
    return [
      ...urns.map((urn) => `left in the state: ${urn}`),
      ...owned.map((object) => `left by the program: ${object}`),
      ...difference("after destroy", this.destroyed!.objects, objects),
    ];
  }

  /** Kills every server of the cluster at once, as a power failure would. */
  private async killServers(): Promise<void> {
    const { processes } = this.paths;
    for (const name of noted(processes)) {
      const note = readFileSync(join(processes, `${name}.json`), "utf8");
      process.kill((JSON.parse(note) as { pid: number }).pid, "SIGKILL");
    }
    while (noted(processes).some((name) => isDaemonRunning(processes, name))) await sleep(20);
  }

  /** Runs the Pulumi CLI on the lab's state, and returns what it prints. */
  pulumi(...args: string[]): string {
    const { state } = this.paths;
    return execFileSync(binaries("pulumi"), [...args, "--stack", "lab", "--non-interactive"], {
      cwd: state,
      maxBuffer: 64 * 1024 * 1024,
      encoding: "utf8",
      env: {
        PATH: process.env["PATH"],
        PULUMI_BACKEND_URL: `file://${join(state, "backend")}?metadata=skip`,
        PULUMI_HOME: join(state, "home"),
        PULUMI_CONFIG_PASSPHRASE_FILE: join(state, "passphrase"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });
  }

  /** The cluster's servers, to restart one of them. */
  plane(): Promise<LabControlPlane> {
    return LabControlPlane.of({
      name: this.options.name,
      binaries,
      nodeAddress: "192.0.2.10",
      configurationPath: kubeadmConfigPath,
      keep: true,
    });
  }

  async stop(): Promise<void> {
    await stopLab(this.options.name, { removeFiles: true });
    rmSync(this.folder, { recursive: true, force: true });
    this.allIsWell?.();
  }
}

/** @throws Error when it was killed, or something went wrong in it. */
export function demandAnswer({ answer, output }: TaskResult): LabAnswer {
  if (answer && answer.error === undefined) return answer;
  throw new Error(`${answer?.error ?? "it was killed"}\n${output.slice(-2000)}`);
}
