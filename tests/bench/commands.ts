import { spawnSync } from "node:child_process";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";
import { UserError } from "../../cli/kit/userError.js";
import { parts } from "../../cli/test/suites.js";

/** What one run of a command took, with everything it has started and waited for. */
export interface Taken {
  seconds: number;
  /** Of all cores; other work on the machine changes it less than the seconds. */
  cpuSeconds: number;
}

const emptySuite = "tests/bench/emptySuite.ts";

/** The plan of musashi, and the engine without a program. */
export const planCommands: Record<string, string[]> = {
  "plan of musashi": ["npm", "run", "plan", "--", "--stack", "musashi"],
  "preview of an empty program": ["node", "--import", "tsx", "tests/bench/emptyPlan.ts"],
};

/** A part of `npm test`, and its tool with nothing to do. */
export function testCommands(part: string): Record<string, string[]> {
  const { command } = parts.find(({ name }) => name === part)!;
  const tools: Record<string, string[]> = {
    tools: ["npm", "--version"],
    types: ["npx", "tsc", "--noEmit", "--types", "mocha", emptySuite],
    lint: ["npx", "eslint", "--no-config-lookup", "tests/bench/measured.cjs"],
  };
  const tool = tools[part] ?? ["npx", "mocha", "--no-config", "--import=tsx", emptySuite];
  return { [part]: command, [tool.join(" ")]: tool };
}

/** @throws UserError if the command fails, whose output is left out. */
export function timed(command: readonly string[]): Taken {
  // Node does not tell the CPU time of a command's own processes; the shell does.
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>&1';
  const { stderr, status } = spawnSync("bash", ["-c", script, "bash", ...command], {
    cwd: projectFolder,
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  if (status !== 0) throw new UserError(`This has failed; run it to see why: ${command.join(" ")}`);
  const [seconds, user, system] = stderr.trim().split(" ").map(Number) as [number, number, number];
  return { seconds, cpuSeconds: user + system };
}
