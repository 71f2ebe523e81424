import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { UserError } from "../userError.js";
import type { Tool } from "./pinnedTool.js";

/** Lines of the compiler that a failure shows. */
const shownLines = 20;

/** Name that `go build` gives a command: the last part of its path that is no major version. */
export function commandName({ package: path }: Tool): string {
  return path
    .split("/")
    .filter((part) => !/^v\d+$/.test(part))
    .at(-1)!;
}

/**
 * Builds tools of one module from the source it pins, in one `go build`; go.sum vouches for every file of it.
 *
 * @param folder Folder for the binaries, each under its {@link commandName}.
 * @param onPackage Called for each package that is compiled.
 * @throws UserError without Go, or with what the compiler said.
 */
export async function goBuild(
  tools: Tool[],
  module: string,
  folder: string,
  onPackage: () => void,
): Promise<void> {
  const variables = Object.entries(tools[0]!.variables).map(([name, value]) => `-X ${name}=${value}`);
  const parameters = ["build", "-v", "-trimpath", "-o", `${folder}/`];
  parameters.push("-ldflags", ["-s -w", ...variables].join(" "), ...tools.map((tool) => tool.package));

  const lines: string[] = [];
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      const go = spawn("go", parameters, {
        cwd: module,
        env: { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off", CGO_ENABLED: "0" },
        stdio: ["ignore", "ignore", "pipe"],
      });
      // With -v it names each package it has compiled; everything else is a message.
      createInterface({ input: go.stderr }).on("line", (line) => {
        if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) onPackage();
        else lines.push(line);
      });
      go.on("error", reject);
      go.on("close", resolve);
    });
    if (status !== 0) {
      throw new UserError(`${titles(tools)} cannot be built:\n${lines.slice(-shownLines).join("\n")}`);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const one = tools.length === 1;
    throw new UserError(
      `${titles(tools)} ${one ? "is" : "are"} needed. ${one ? "It is" : "They are"} not on PATH, and Go, ` +
        `which would build ${one ? "it" : "them"}, is not either.\n` +
        `Install Go (https://go.dev/dl/), or exactly ${one ? "that version" : "those versions"}: ` +
        [...new Set(tools.map(({ download }) => download))].join(", "),
    );
  }
}

/** Tools as messages name them. */
export const titles = (tools: Tool[]): string => tools.map(({ title }) => title).join(", ");
