import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Programs of these tests by the Debian package that has them. */
const packages = {
  amtool: "prometheus-alertmanager",
  prometheus: "prometheus",
  "prometheus-alertmanager": "prometheus-alertmanager",
  promtool: "prometheus",
} as const;

/**
 * Path of a program.
 *
 * @throws Error with the line that installs it, where it is missing.
 */
export function debian(program: keyof typeof packages): string {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // It may lie in the next folder.
    }
  }
  throw new Error(
    `${program} is not on PATH. Install it, leaving its service off:\n` +
      `  sudo apt-get install -y --no-install-recommends ${packages[program]} && sudo systemctl disable --now ${packages[program]}`,
  );
}
