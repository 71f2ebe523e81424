import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import semver from "semver";
import { projectFolder } from "../kit/toolchain/tool.js";

/** Since this version, Go fetches the version that a module asks for, unless GOTOOLCHAIN forbids it. */
const fetchesNewer = "1.21.0";

/** Newest version of Go that a module under tools/ asks for. */
export function neededGo(): string {
  const folder = join(projectFolder, "tools");
  const versions = readdirSync(folder).map((module) => {
    const text = readFileSync(join(folder, module, "go.mod"), "utf8");
    return /^go (\S+)$/m.exec(text)![1]!;
  });
  return semver.rsort(versions.map((version) => semver.coerce(version)!.version))[0]!;
}

/** Whether Go is on PATH and can build modules that ask for this version. */
export function hasGo(needed = neededGo()): boolean {
  try {
    const go = (...args: string[]) =>
      execFileSync("go", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const version = semver.coerce(go("env", "GOVERSION"))!;
    return (
      semver.gte(version, needed) ||
      (semver.gte(version, fetchesNewer) && go("env", "GOTOOLCHAIN").trim() !== "local")
    );
  } catch {
    return false;
  }
}

/** Shell command that installs Go as https://go.dev/doc/install does. */
export function goInstallLine(needed = neededGo()): string {
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  return (
    `curl -fsSL https://go.dev/dl/go${needed}.linux-${architecture}.tar.gz | ${sudo}tar -xz -C /usr/local && ` +
    'export PATH="/usr/local/go/bin:$PATH"'
  );
}
