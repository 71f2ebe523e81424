import { execFile } from "node:child_process";
import { join } from "node:path";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";

/** What a command printed, and its exit status. */
export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

/** The program of every command. */
export const program = join(projectFolder, "cli/cluster-security.cjs");

/** Runs a command in a process, as npm does. */
export function runCommand(
  args: string[],
  { cwd = projectFolder, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ran> {
  const options = { cwd, env: { PATH: process.env["PATH"], ...env }, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}
