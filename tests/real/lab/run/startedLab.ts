import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { answerOf } from "../../../../cli/kit/until.js";
import { noted } from "../../../../cli/lab/cluster/daemon.js";
import { creator } from "../../../../cli/lab/apply/prerequisites.js";
import { labPaths, type LabPaths } from "../../../../cli/lab/cluster/paths.js";
import type { Ports } from "../../../../cli/lab/cluster/ports.js";
import { projectFolder } from "../../../../cli/kit/toolchain/tool.js";
import { ifAbandoned } from "../../../kit/abandoned.js";
import { BackgroundCommand, type StartedCommand } from "../../../kit/startedCommand.js";
import { Terminal } from "../../../kit/terminal.js";

const nothing = /^$/;

/** `npm start` of one lab, and what there is of it on this machine. */
export class StartedLab<Command extends StartedCommand = StartedCommand> {
  readonly paths: LabPaths;
  private ports?: number[];
  private isGone = false;
  private readonly allIsWell: () => void;

  private constructor(
    readonly name: string,
    readonly command: Command,
  ) {
    this.paths = labPaths(name);
    this.allIsWell = ifAbandoned(`npm run lab:stop -- --name ${name}`, { cwd: projectFolder });
  }

  /** Starts it as a job of a shell. */
  static inBackground(name: string, ...options: string[]): StartedLab<BackgroundCommand> {
    const args = ["start", "--silent", "--", ...optionsOf(name), ...options];
    return new StartedLab(name, new BackgroundCommand("npm", args));
  }

  /** @param command The program, without its options. */
  static onTerminal(name: string, command: string): StartedLab<Terminal> {
    return new StartedLab(name, new Terminal([command, ...optionsOf(name)].join(" ")));
  }

  isStarting(server: string): boolean {
    return noted(this.paths.processes).includes(server);
  }

  /** How many objects it has asked the API server for. */
  applied(): number {
    const file = join(this.paths.node, "var/log/kubernetes/audit/audit.log");
    return existsSync(file) ? readFileSync(file, "utf8").split(`fieldManager=${creator}`).length - 1 : 0;
  }

  /** Remembers the ports, which are no longer known once the files are gone. */
  notePorts(): void {
    this.ports = Object.values(JSON.parse(readFileSync(this.paths.ports, "utf8")) as Ports);
  }

  /** Processes, ports and files of it that are still there after a while, but for those that may stay. */
  async left(mayStay = nothing): Promise<string[]> {
    let left: string[] = [];
    const isGone = async () => {
      left = [
        ...this.processes(),
        ...(await taken(this.ports!)).map((port) => `port ${port}`),
        ...([this.paths.root, this.paths.failureLogs].some(existsSync) ? ["files"] : []),
      ].filter((what) => !mayStay.test(what));
      return left.length === 0;
    };
    await answerOf(isGone, { seconds: 20, pause: 200 });
    if (left.length === 0 && mayStay === nothing) this.isWell();
    return left;
  }

  /** Stops it if a test has left something of it. */
  end(): void {
    if (!this.isGone) this.stop();
  }

  private isWell(): void {
    this.isGone = true;
    this.allIsWell();
  }

  /** `npm run lab:stop`, and what it prints. */
  stop(): string {
    const stop = ["run", "--silent", "lab:stop", "--", "--name", this.name];
    const printed = execFileSync("npm", stop, { cwd: projectFolder, encoding: "utf8" });
    this.isWell();
    return printed;
  }

  /** Programs of the cluster that run. */
  servers(): string[] {
    return this.processes()
      .map((process) => /\/(etcd|kube-[a-z-]+|kwok) --/.exec(process)?.[1])
      .filter((server) => server !== undefined)
      .sort();
  }

  /** Everything in its session, and everything that has the lab's name among its arguments. */
  private processes(): string[] {
    return this.command
      .processes(({ command }) => command.includes(this.name))
      .map(({ pid, command }) => `process ${pid}: ${command}`);
  }
}

const optionsOf = (name: string): string[] => ["--name", name, "--providers", "stand-in"];

async function taken(ports: readonly number[]): Promise<number[]> {
  const free = await Promise.all(
    ports.map(
      (port) =>
        new Promise<boolean>((resolve) => {
          const server = createServer();
          server.once("error", () => resolve(false));
          server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
        }),
    ),
  );
  return ports.filter((_, index) => !free[index]);
}
