import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { noted } from "../../../lab/cluster/daemon.js";
import { labPaths, type LabPaths } from "../../../lab/cluster/paths.js";
import type { Ports } from "../../../lab/cluster/ports.js";
import { projectFolder } from "../../../lab/toolchain/tool.js";
import { projectName } from "../../../stacks/settings.js";
import { ifAbandoned } from "../../abandoned.js";

/** `npm start` of one lab, as a shell runs it: in a process group of its own. */
export class StartedLab {
  readonly paths: LabPaths;
  /** Its status as a shell says it, once everything that holds its output has ended as well. */
  readonly end: Promise<number>;
  output = "";
  private readonly child: ChildProcess;
  private ended = false;
  private ports?: number[];
  private readonly allIsWell: () => void;

  constructor(
    readonly name: string,
    ...options: string[]
  ) {
    this.paths = labPaths(name);
    const args = ["start", "--silent", "--", "--name", name, "--providers", "stand-in", ...options];
    this.child = spawn("npm", args, {
      cwd: projectFolder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stop = `kill -KILL -- -${this.child.pid}; npm run lab:stop -- --name ${name}`;
    this.allIsWell = ifAbandoned(stop, { cwd: projectFolder });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    this.end = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (status, signal) => {
        this.ended = true;
        resolve(status ?? 128 + constants.signals[signal!]);
      });
    });
  }

  /** What Ctrl-C, a terminal that is closed, and `kill` of a job do: everybody in the group hears of it. */
  signal(signal: NodeJS.Signals): void {
    process.kill(-this.child.pid!, signal);
  }

  /** @throws Error with the output when it ends, or takes longer than five minutes, before it is so far. */
  async until(reached: () => boolean): Promise<void> {
    const deadline = performance.now() + 300_000;
    while (!reached()) {
      if (this.ended || performance.now() > deadline) {
        throw new Error(`it did not come that far\n${this.output}`);
      }
      await sleep(20);
    }
  }

  isStarting(server: string): boolean {
    return noted(this.paths.processes).includes(server);
  }

  /** How many resources are in the state. */
  applied(): number {
    const file = join(this.paths.state, "backend/.pulumi/stacks", projectName, "lab.json");
    return existsSync(file) ? readFileSync(file, "utf8").split('"urn":').length - 1 : 0;
  }

  /** Remembers the ports, which are no longer known once the files are gone. */
  notePorts(): void {
    this.ports = Object.values(JSON.parse(readFileSync(this.paths.ports, "utf8")) as Ports);
  }

  /** Processes, ports and files of it that are still there after a while, but for those that may stay. */
  async left(mayStay = /^$/): Promise<string[]> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const left = [
        ...this.processes(),
        ...(await taken(this.ports!)).map((port) => `port ${port}`),
        ...([this.paths.root, this.paths.failureLogs].some(existsSync) ? ["files"] : []),
      ].filter((what) => !mayStay.test(what));
      if (left.length === 0 || performance.now() > deadline) return left;
      await sleep(200);
    }
  }

  /** `npm run lab:stop`, and what it prints. */
  stop(): string {
    const stop = ["run", "--silent", "lab:stop", "--", "--name", this.name];
    const printed = execFileSync("npm", stop, { cwd: projectFolder, encoding: "utf8" });
    this.allIsWell();
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
    return readdirSync("/proc")
      .filter((pid) => /^\d+$/.test(pid))
      .flatMap((pid) => {
        try {
          const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
          const [state, , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
          const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
          const isOurs = Number(session) === this.child.pid || command.includes(this.name);
          return isOurs && state !== "Z" ? [`process ${pid}: ${command}`] : [];
        } catch {
          return []; // It has just ended.
        }
      });
  }
}

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
