import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { leaveToSignal } from "../kit/signals.js";
import { goInstallLine, hasGo, neededGo } from "./go.js";
import { installLine, missingPackages, servicesOf } from "./packages.js";

/** What the tests lack on this machine, with the line that installs all of it; undefined if nothing. */
export function missingRequirements(): string | undefined {
  const packages = missingPackages();
  const go = hasGo();
  if (packages.length === 0 && go) return undefined;
  const names = [...packages.map(({ name }) => name), ...(go ? [] : [`Go ${neededGo()} or newer`])];
  const lines = [...(packages.length > 0 ? [installLine(packages)] : []), ...(go ? [] : [goInstallLine()])];
  return (
    `The tests need what is missing here: ${names.join(", ")}. Install it:\n  ${lines.join(" && ")}\n` +
    (packages.length > 0 ? "npm test -- --install installs the Debian packages itself.\n" : "")
  );
}

/** Installs the missing Debian packages, with sudo unless it runs as root. The output is that of apt-get. */
export async function installPackages(): Promise<void> {
  const packages = missingPackages();
  if (packages.length === 0) return;
  const script = fileURLToPath(new URL("install-packages.sh", import.meta.url));
  const names = packages.map(({ name }) => name).join(" ");
  console.log(`\n== Debian packages: ${names}`);
  const command = ["sh", script, names, servicesOf(packages).join(" ")];
  if (process.getuid?.() !== 0) command.unshift("sudo");
  const { status } = spawnSync(command[0]!, command.slice(1), { stdio: "inherit" });
  if (status !== 0) await leaveToSignal();
}
