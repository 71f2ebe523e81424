import type { Progress } from "../kit/progress.js";

/** One phase of a run and how long it took. */
export interface Phase {
  name: string;
  seconds: number;
  /** What came of it, in a few words. */
  result: string;
}

/** Runs the phases of a lab one after the other and remembers how long each took. */
export class Phases {
  readonly done: Phase[] = [];

  constructor(
    private readonly progress: Progress,
    private readonly print: (line: string) => void,
  ) {}

  async run<T>(name: string, work: () => Promise<T>, resultOf: (value: T) => string): Promise<T> {
    this.progress.step(name);
    const start = performance.now();
    const value = await work();
    const phase = { name, seconds: (performance.now() - start) / 1000, result: resultOf(value) };
    this.done.push(phase);
    this.progress.done();
    this.print(`${name.padEnd(28)} ${phase.seconds.toFixed(1).padStart(6)} s   ${phase.result}`);
    return value;
  }
}
