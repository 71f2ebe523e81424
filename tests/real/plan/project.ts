import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { progressOn } from "../../../cli/kit/progress.js";
import { projectFolder, tool } from "../../../cli/kit/toolchain/tool.js";
import type { ToolName } from "../../../cli/kit/toolchain/tools.js";

const fixtures = fileURLToPath(new URL("./fixtures", import.meta.url));

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

/** A project of its own in a Git repository of its own, with a program that asks something of every provider. */
export class Project {
  readonly root = mkdtempSync(join(tmpdir(), "cluster-security-project-"));

  constructor() {
    cpSync(join(fixtures, "project"), this.root, { recursive: true });
    symlinkSync(join(projectFolder, "node_modules"), join(this.root, "node_modules"));
    writeFileSync(join(this.root, ".gitignore"), "node_modules\n.cache\n");
    this.git("init", "--quiet", "--initial-branch=main");
  }

  git(...parameters: string[]): string {
    const who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    return execFileSync("git", [...who, ...parameters], { cwd: this.root, encoding: "utf8" }).trim();
  }

  commit(): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", "A state of the project");
    return this.git("rev-parse", "HEAD");
  }

  /** Changes the settings of stack musashi, or of a stack that begins as a copy of it. */
  settings(change: (text: string) => string, stack = "musashi"): void {
    const text = readFileSync(join(fixtures, "project", "Pulumi.musashi.yaml"), "utf8");
    writeFileSync(join(this.root, `Pulumi.${stack}.yaml`), change(text));
  }

  plan(...args: string[]): Promise<Ran> {
    return planAt(this.root, ...args);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Runs the plan command in a process, as npm does. */
export function planAt(root: string, ...args: string[]): Promise<Ran> {
  const command = [
    "--require=./components/common/lightSdk.cjs",
    "--import=tsx",
    fileURLToPath(new URL("./planAt.ts", import.meta.url)),
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, [...command, root, ...args], { cwd: projectFolder }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** Builds a tool if need be; that takes minutes on a fresh machine, once. */
export async function have(test: Mocha.Context, name: ToolName): Promise<void> {
  test.timeout(0);
  const progress = await progressOn(process.stderr);
  await tool(name, { progress });
  progress.done();
}

/** An archive of the fixture chart, as a chart repository serves it, in a folder of its own. */
export function chartArchive(): string {
  const folder = mkdtempSync(join(tmpdir(), "cluster-security-charts-"));
  execFileSync("tar", ["-czf", join(folder, "demo-1.0.0.tgz"), "-C", join(fixtures, "chart"), "demo"]);
  return folder;
}
