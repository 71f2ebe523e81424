import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { run } from "../../kit/run.js";
import type { Progress } from "../../kit/progress.js";
import { UserError } from "../../kit/userError.js";
import type { BaseAnswer, BaseTask } from "./baseProcess.js";
import type { EngineStack } from "./engine.js";

const require = createRequire(import.meta.url);
/** Another state of the project, taken out of Git with its dependencies. */
export interface BaseTree {
  tree: string;
  /** The commit's abbreviated name. */
  commit: string;
}

/**
 * Takes the tree of a Git ref out of the repository.
 *
 * @param root Folder of the project in the repository.
 * @throws UserError for a ref that does not exist.
 */
export async function checkOut(root: string, ref: string, progress: Progress): Promise<BaseTree> {
  const sha = await commitOf(root, ref);
  const commit = sha.slice(0, 10);
  const tree = join(root, ".cache", "base", sha);
  if (!existsSync(tree)) {
    progress.step(`taking ${ref} (${commit}) out of Git`);
    mkdirSync(dirname(tree), { recursive: true });
    const unfinished = mkdtempSync(`${tree}.`);
    const archive = join(unfinished, "tree.tar");
    await run(["git", "archive", "--format=tar", "-o", archive, sha], { cwd: root });
    await run(["tar", "-xf", archive, "-C", unfinished]);
    rmSync(archive);
    // Another plan may have been quicker.
    if (existsSync(tree)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, tree);
  }
  return { tree, commit };
}

async function commitOf(root: string, ref: string): Promise<string> {
  try {
    const parameters = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
    return (await run(["git", ...parameters], { cwd: root })).stdout.trim();
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") {
      throw new UserError("--base needs git, which is not on PATH.");
    }
    throw new UserError(`--base ${ref}: there is no such commit, branch or tag in this repository.`);
  }
}

/** Gives the tree its dependencies: this tree's own where the lock files are the same. */
export async function installDependencies(
  root: string,
  { tree, commit }: BaseTree,
  progress: Progress,
): Promise<void> {
  const modules = join(tree, "node_modules");
  const lock = textOf(join(tree, "package-lock.json"));
  const source =
    lock === textOf(join(root, "package-lock.json"))
      ? root
      : await installed(root, tree, commit, lock, progress);
  rmSync(modules, { force: true });
  symlinkSync(join(source, "node_modules"), modules);
}

async function installed(
  root: string,
  tree: string,
  commit: string,
  lock: string,
  progress: Progress,
): Promise<string> {
  const hash = createHash("sha256").update(lock).digest("hex").slice(0, 16);
  const folder = join(root, ".cache", "base", `modules-${hash}`);
  if (existsSync(folder)) return folder;
  progress.step(`installing the dependencies of ${commit}, which differ from this tree's; once`);
  const unfinished = mkdtempSync(`${folder}.`);
  for (const file of ["package.json", "package-lock.json"])
    copyFileSync(join(tree, file), join(unfinished, file));
  try {
    await run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: unfinished });
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    throw new UserError(`The dependencies of ${commit} cannot be installed:\n${(error as Error).message}`);
  }
  if (existsSync(folder)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, folder);
  return folder;
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/**
 * Runs the base's program into the stack's state.
 *
 * @throws UserError with the errors of the base.
 */
export async function applyBase(stack: EngineStack, { tree, commit }: BaseTree): Promise<void> {
  const { errors } = await inProcess({ tree, stack });
  if (errors.length > 0) {
    throw new UserError(
      `The base ${commit} cannot be planned:\n${errors.map((line) => `  ${line}`).join("\n")}`,
    );
  }
}

const lightSdk = fileURLToPath(new URL("../../../components/common/lightSdk.cjs", import.meta.url));

function inProcess(task: BaseTask): Promise<BaseAnswer> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("./baseProcess.ts", import.meta.url)), {
      cwd: task.tree,
      execArgv: ["--require", lightSdk, "--import", pathToFileURL(require.resolve("tsx")).href],
      // What the base's program prints is no part of the plan.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const kill = () => child.kill();
    process.once("exit", kill);
    child.once("message", (answer) => resolve(answer as BaseAnswer));
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      process.off("exit", kill);
      reject(new Error(`the process that runs the base ended with ${signal ?? code}`));
    });
    child.send(task);
  });
}
