import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { progressOn } from "../../cli/kit/progress.js";
import { projectFolder, toolPaths } from "../../cli/kit/toolchain/tool.js";
import type { ToolName } from "../../cli/kit/toolchain/tools.js";
import { ifAbandoned } from "../kit/abandoned.js";

/** What a command printed. */
export interface Printed {
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Default: the checkout. */
  cwd?: string;
  /** Default: none, and standard input is at its end. */
  stdin?: string;
  /** Further environment. Default: none. */
  env?: Record<string, string>;
  /** Command that starts the shell. Default: none. */
  within?: string[];
}

/** A reader's machine: a checkout of this repository in a folder of its own, the tools, and nothing of this user's. */
export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), "cluster-security-docs-"));
  /** The repository: what the working tree holds, committed. */
  readonly checkout = join(this.root, "cluster-security");
  readonly home = join(this.root, "home");
  /** Programs that come first on PATH. */
  readonly bin = join(this.root, "bin");
  private readonly env: Record<string, string>;
  private allIsWell?: () => void;

  private constructor() {
    for (const folder of ["checkout", "home", "bin"] as const) mkdirSync(this[folder]);
    mkdirSync(join(this.home, "state"));
    writeFileSync(join(this.home, "passphrase"), "a reader's passphrase\n", { mode: 0o600 });
    writeFileSync(join(this.home, ".gitconfig"), "[user]\nname = reader\nemail = reader@example.org\n");
    this.env = {
      PATH: [this.bin, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
      HOME: this.home,
      LANG: "C.UTF-8",
      npm_config_update_notifier: "false",
      PULUMI_BACKEND_URL: `file://${join(this.home, "state")}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(this.home, "passphrase"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  }

  /** Builds the tools if need be, which takes minutes on a fresh machine, and puts them on PATH. */
  static async of(test: Mocha.Context, tools: ToolName[]): Promise<Sandbox> {
    const timeout = test.timeout();
    test.timeout(0);
    const progress = await progressOn(process.stderr);
    const paths = await toolPaths(tools, { progress });
    progress.done();
    test.timeout(timeout);
    const sandbox = new Sandbox();
    for (const [name, path] of paths) symlinkSync(path, join(sandbox.bin, name));
    sandbox.checkOut();
    return sandbox;
  }

  private checkOut(): void {
    const listed = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    const files = execFileSync("git", listed, { cwd: projectFolder, encoding: "utf8" });
    for (const file of new Set(files.split("\0").filter(Boolean))) {
      const source = join(projectFolder, file);
      if (existsSync(source)) cpSync(source, join(this.checkout, file));
    }
    this.git("init", "--quiet", "--initial-branch=main");
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", "The repository");
    symlinkSync(join(projectFolder, "node_modules"), join(this.checkout, "node_modules"));
    // A link to a folder is none to Git.
    writeFileSync(join(this.checkout, ".git/info/exclude"), "/node_modules\n");
    mkdirSync(join(this.checkout, ".cache"));
    // What was built or downloaded once.
    for (const name of ["bin", "charts", "crds", "pulumi"]) {
      const folder = join(projectFolder, ".cache", name);
      mkdirSync(folder, { recursive: true });
      symlinkSync(folder, join(this.checkout, ".cache", name));
    }
  }

  /** Runs git in the checkout. */
  git(...args: string[]): string {
    return execFileSync("git", args, { cwd: this.checkout, env: this.env, encoding: "utf8" }).trim();
  }

  /**
   * Runs commands as a reader does, one after the other, except that the first one to fail ends it.
   *
   * @throws Error with what they printed.
   */
  run(commands: string, options: RunOptions = {}): Promise<Printed> {
    // Where standard input is a socket, as here, bash would read the user's settings.
    const shell = ["bash", "--norc", "-euo", "pipefail", "-c"];
    const [program, ...args] = [...(options.within ?? []), ...shell, commands];
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd: options.cwd ?? this.checkout,
        env: { ...this.env, ...options.env },
        // A group of its own, so that nothing it started outlives the tests.
        detached: true,
      });
      const kill = () => void (child.pid && process.kill(-child.pid));
      process.once("exit", kill);
      const printed: Printed = { stdout: "", stderr: "" };
      for (const stream of ["stdout", "stderr"] as const) {
        child[stream].setEncoding("utf8").on("data", (text: string) => (printed[stream] += text));
      }
      child.stdin.on("error", () => {});
      child.stdin.end(options.stdin ?? "");
      child.on("error", reject);
      child.on("close", (status, signal) => {
        process.off("exit", kill);
        if (status === 0) resolve(printed);
        else reject(new Error(`${signal ?? status}:\n${commands}\n${printed.stdout}\n${printed.stderr}`));
      });
    });
  }

  /** Has commands run when the tests end without {@link remove}, even when they are killed. */
  runIfAbandoned(commands: string): void {
    const { checkout: cwd, env, root } = this;
    this.allIsWell = ifAbandoned(`${commands}; rm -rf '${root}'`, { cwd, env });
  }

  remove(): void {
    this.allIsWell?.();
    rmSync(this.root, { recursive: true, force: true });
  }
}
