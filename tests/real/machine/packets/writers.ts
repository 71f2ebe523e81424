import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../../../cli/kit/until.js";
import type { RealNode } from "../../../../cli/lab/node/realNode.js";
import { titleOf, type Probe } from "./probes.js";

const kinds = ["kept", "new"] as const;

/** A request that a writer made. */
export interface Request {
  /** On the connection that is kept, or on one of its own. */
  kind: (typeof kinds)[number];
  /** Exit status of curl; 0 if it was answered. */
  status: number;
  /** Connections that were opened for it. */
  opened: number;
  seconds: number;
}

/** Asks ten times a second on one connection, and each second on a new one, until it is stopped; see write.sh. */
class Writer {
  private readonly output = { kept: "", new: "" };

  private constructor(
    readonly probe: Probe,
    private readonly child: ChildProcess,
  ) {
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.output.kept += text));
    child.stdout!.setEncoding("utf8").on("data", (text: string) => (this.output.new += text));
  }

  static start(node: RealNode, probe: Probe): Writer {
    const url = probe.line.split(" ")[1]!;
    const [program, ...args] = node.command([...probe.from.command("write.sh"), url]);
    return new Writer(probe, spawn(program!, args, { stdio: "pipe" }));
  }

  /** Returns what it has asked so far. */
  requests(): Request[] {
    return kinds.flatMap((kind) =>
      this.output[kind]
        .split("\n")
        .slice(0, -1)
        .map((line): Request => {
          const [status, opened, seconds] = line.split(" ").map(Number) as [number, number, number];
          return { kind, status, opened, seconds };
        }),
    );
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    this.child.stdin!.end();
    await ended;
  }
}

/** What a writer was to do, and what it has done. */
export interface Written {
  probe: Probe;
  requests: Request[];
}

/**
 * Lets a writer run for each probe while the work is done; all have had an answer before.
 *
 * @param work Is given what tells what they have done so far.
 */
export async function withWriters(
  node: RealNode,
  probes: readonly Probe[],
  work: (written: () => Written[]) => Promise<void>,
): Promise<Written[]> {
  const writers = probes.map((probe) => Writer.start(node, probe));
  const written = () => writers.map((one): Written => ({ probe: one.probe, requests: one.requests() }));
  try {
    const silent = () =>
      written().filter(({ requests }) => !kinds.every((kind) => requests.some((one) => one.kind === kind)));
    await until(
      () => silent().length === 0,
      () =>
        `writers that have asked nothing: ${silent()
          .map(({ probe }) => titleOf(probe))
          .join(", ")}`,
      { seconds: 60 },
    );
    await work(written);
    // What is on the way arrives.
    await sleep(3000);
    return written();
  } finally {
    await Promise.all(writers.map((writer) => writer.stop()));
  }
}

/** Some pairs of pods that may not reach everything, each of another pod, by kind. */
export function pick(
  probes: readonly Probe[],
  counts: Partial<Record<Probe["kind"], number>>,
  allowed: boolean,
): Probe[] {
  const isolated = new Set(
    probes.filter((one) => one.kind === "address" && one.denied).map(({ from }) => from),
  );
  return Object.entries(counts).flatMap(([kind, count]) => {
    const own = probes.filter(
      (one) => one.kind === kind && one.allowed === allowed && isolated.has(one.from),
    );
    return own.filter((one) => own.find(({ from }) => from === one.from) === one).slice(0, count);
  });
}

/** What was lost: requests without an answer, and connections that had to be opened again; a line each. */
export function lost(
  all: readonly Written[],
  isExcused: (request: Request, probe: Probe) => boolean,
): string[] {
  return all.flatMap(({ probe, requests }) => {
    const first = requests.findIndex(({ kind }) => kind === "kept");
    return requests.flatMap((request, index) => {
      const { kind, status, opened, seconds } = request;
      const reopened = kind === "kept" && index > first && opened > 0;
      if ((status === 0 && !reopened) || isExcused(request, probe)) return [];
      const what = status === 0 ? "opened again" : `status ${status} after ${seconds} s`;
      return [
        `${probe.kind}: ${titleOf(probe)}: ${kind}, request ${index + 1} of ${requests.length}: ${what}`,
      ];
    });
  });
}

/** How many requests there were and how long the longest took, a line for each kind. */
export function summary(all: readonly Written[]): string[] {
  return [...new Set(all.map(({ probe }) => probe.kind))].flatMap((kind) =>
    kinds.map((way) => {
      const own = all
        .filter(({ probe }) => probe.kind === kind)
        .flatMap(({ requests }) => requests.filter((one) => one.kind === way));
      const seconds = Math.max(...own.map((one) => one.seconds));
      const answered = own.filter(({ status }) => status === 0).length;
      return `${kind.padEnd(10)} ${way.padEnd(4)} ${answered} of ${own.length} answered, the longest ${seconds.toFixed(2)} s`;
    }),
  );
}
