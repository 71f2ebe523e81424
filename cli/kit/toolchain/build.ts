import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Progress } from "../progress.js";
import { UserError } from "../userError.js";
import type { Tool } from "./tools.js";

/** Lines of the compiler that a failure shows. */
const shownLines = 20;
/** How often a build that takes minutes says that it is alive. */
const heartbeat = 15_000;

/**
 * Builds a tool from the source its module pins; go.sum vouches for every file of it.
 *
 * @throws UserError without Go, or with what the compiler said.
 */
export async function goBuild(tool: Tool, module: string, output: string, progress: Progress): Promise<void> {
  const variables = Object.entries(tool.variables).map(([name, value]) => `-X ${name}=${value}`);
  const parameters = [
    "build",
    "-v",
    "-trimpath",
    "-o",
    output,
    "-ldflags",
    ["-s -w", ...variables].join(" "),
  ];
  progress.step(`building ${tool.title} from source; once, ${tool.buildTime}`);

  const lines: string[] = [];
  let packages = 0;
  const timer = setInterval(
    () => progress.step(`building ${tool.title}: ${packages} packages compiled`),
    heartbeat,
  );
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      const go = spawn("go", [...parameters, tool.package], {
        cwd: module,
        env: { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off", CGO_ENABLED: "0" },
        stdio: ["ignore", "ignore", "pipe"],
      });
      // With -v it names each package it has compiled; everything else is a message.
      createInterface({ input: go.stderr }).on("line", (line) => {
        if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) packages++;
        else lines.push(line);
      });
      go.on("error", reject);
      go.on("close", resolve);
    });
    if (status !== 0) {
      throw new UserError(`${tool.title} cannot be built:\n${lines.slice(-shownLines).join("\n")}`);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UserError(
      `${tool.title} is needed. It is not on PATH, and Go, which would build it, is not either.\n` +
        `Install Go (https://go.dev/dl/), or exactly that version: ${tool.download}`,
    );
  } finally {
    clearInterval(timer);
  }
}
