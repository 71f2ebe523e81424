import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Progress } from "../../../../cli/kit/progress.js";
import type { Tool } from "../../../../cli/kit/toolchain/pinnedTool.js";
import { locate, type ToolOptions } from "../../../../cli/kit/toolchain/tool.js";

/** A tool that only tests know. */
export function demoTool(name = "demo", more: Partial<Tool> = {}): Tool {
  return {
    name,
    title: `${name} 1.2.3`,
    module: "demo",
    package: `example.org/${name}`,
    version: "v1.2.3",
    variables: { "main.version": "1.2.3" },
    versionArguments: ["version"],
    download: "https://example.org/demo",
    buildMinutes: 1,
    ...more,
  };
}

/** A program that says it has this version. */
export const program = (version = "1.2.3") => `#!/bin/sh\necho "demo version v${version} (linux)"\n`;

/** A temporary project with one Go module and a stand-in for Go. */
export class Workshop {
  readonly home = mkdtempSync(join(tmpdir(), "toolchain-"));
  /** Everything that was said. */
  readonly said: string[] = [];
  private readonly path = process.env["PATH"];

  constructor() {
    this.module("demo");
  }

  /** To be called after each test. */
  close(): void {
    process.env["PATH"] = this.path;
    rmSync(this.home, { recursive: true });
  }

  at(...parts: string[]): string {
    return join(this.home, ...parts);
  }

  module(name: string): void {
    mkdirSync(this.at("tools", name), { recursive: true });
    for (const file of ["go.mod", "go.sum"]) writeFileSync(this.at("tools", name, file), "");
  }

  executable(file: string, text: string): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  }

  /** Puts a stand-in for Go on PATH; it notes its arguments, and then runs the script. Default: it builds. */
  go(script = ""): void {
    // The folder after -o, and then a binary in it for each package of example.org or our own.
    const build = `
      echo "$@" >> "\${0%/*}/calls"
      ${script}
      while [ "$1" != -o ]; do shift; done
      for package; do
        case "$package" in
          example.org/*|cluster-security/*)
            echo "$package" >&2
            printf '#!/bin/sh\\necho built 1.2.3\\n' > "$2\${package##*/}"; chmod +x "$2\${package##*/}" ;;
        esac
      done`;
    this.executable(this.at("go", "go"), `#!/bin/sh\n${build}\n`);
    process.env["PATH"] = `${this.at("go")}:/usr/bin:/bin`;
  }

  /** What Go was called with, a line for each call. */
  calls(): string[] {
    const file = this.at("go", "calls");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /** Paths of tools, found on PATH only where the options say so. */
  find(tools: Tool[] = [demoTool()], options: ToolOptions = {}): Promise<string[]> {
    const say = (text: string) => void this.said.push(text);
    const progress: Progress = { step: say, note: say, done: () => {}, fail: () => {} };
    const places = { folder: this.at("bin"), modules: this.at("tools") };
    return locate(tools, { progress, path: "", downloads: false, ...places, ...options });
  }
}
