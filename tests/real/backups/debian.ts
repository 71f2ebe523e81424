import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findOnPath } from "../../../cli/kit/toolchain/tool.js";

/** Programs of these tests by the Debian package that has them, and the service that package would start. */
const packages = {
  amtool: { name: "prometheus-alertmanager", service: "prometheus-alertmanager" },
  initdb: { name: "postgresql", service: "postgresql" },
  prometheus: { name: "prometheus", service: "prometheus" },
  "prometheus-alertmanager": { name: "prometheus-alertmanager", service: "prometheus-alertmanager" },
  "prometheus-pushgateway": { name: "prometheus-pushgateway", service: "prometheus-pushgateway" },
  promtool: { name: "prometheus", service: "prometheus" },
  restic: { name: "restic" },
  shellcheck: { name: "shellcheck" },
  "systemd-analyze": { name: "systemd" },
} as const;

/**
 * Path of a program.
 *
 * @throws Error with the line that installs it, where it is missing.
 */
export function debian(program: keyof typeof packages): string {
  const found = findOnPath(program) ?? (program === "initdb" ? newestInitdb() : undefined);
  if (found) return found;
  const wanted: { name: string; service?: string } = packages[program];
  const install = `sudo apt-get install -y --no-install-recommends ${wanted.name}`;
  throw new Error(
    wanted.service
      ? `${program} is not on PATH. Install it, leaving its service off:\n` +
          `  ${install} && sudo systemctl disable --now ${wanted.service}`
      : `${program} is not on PATH. Install it:\n  ${install}`,
  );
}

/** Debian keeps the server's programs of each version in a folder that is not on PATH. */
function newestInitdb(base = "/usr/lib/postgresql"): string | undefined {
  const versions = existsSync(base) ? readdirSync(base).map(Number) : [];
  return versions
    .sort((a, b) => b - a)
    .map((version) => join(base, String(version), "bin/initdb"))
    .find((file) => existsSync(file));
}
