import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { watching } from "../../../kit/watching.js";

/** Something that was seen of a process, or in a folder, while it was watched. */
export interface Sighting {
  place: "arguments" | "environment" | "file";
  /** Program, marked `(root)` where it is the watched process itself; or name of the file. */
  owner: string;
  text: string;
}

/** Watches a process and everything below it, and the files of a folder, until it is told to stop. */
export function recordProcesses(root: number, folder: string): Promise<() => Promise<Sighting[]>> {
  return watching(new URL("recordProcesses.cjs", import.meta.url), { root, folder });
}

/** One call of the engine's command line. */
export interface EngineCall {
  /** Arguments, separated by spaces. */
  command: string;
  /** Standard output and standard error. */
  printed: string;
}

/**
 * Puts a program before the engine that notes what it prints. What changes resources is asked to print the differences as
 * well, as a reader of `--diff` sees them.
 */
export class EngineRecorder {
  /** Folder for the front of PATH. */
  readonly bin: string;
  private readonly calls: string;

  constructor(folder: string, engine: string) {
    this.bin = join(folder, "bin");
    this.calls = join(folder, "calls");
    for (const path of [this.bin, this.calls]) mkdirSync(path, { recursive: true });
    const script = join(this.bin, "pulumi");
    const lines = [
      "#!/bin/bash",
      `call='${this.calls}'/$$`,
      'case $1 in up | refresh | destroy) set -- "$@" --diff ;; esac',
      'printf "%s " "$@" >"$call.command"',
      `'${engine}' "$@" > >(tee "$call.out") 2> >(tee "$call.err" >&2)`,
    ];
    writeFileSync(script, `${lines.join("\n")}\n`);
    chmodSync(script, 0o755);
  }

  read(): EngineCall[] {
    return readdirSync(this.calls)
      .filter((file) => file.endsWith(".command"))
      .map((file) => join(this.calls, file.replace(/\.command$/, "")))
      .map((call) => ({
        command: readFileSync(`${call}.command`, "utf8").trim(),
        printed: [".out", ".err"].map((end) => readFileSync(`${call}${end}`, "utf8")).join(""),
      }));
  }
}
