import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sealedSecretsValues } from "../../../../components/secrets/sealedSecrets.js";
import { chartFiles } from "../../../kit/charts.js";
import { binaries } from "./lab.js";

/** The chart's archive; without it, says how to get one. */
export function chartArchive(): string | undefined {
  return chartFiles("sealed-secrets")?.archive;
}

/** Runs helm on the chart as the program would install it; its values go through standard input. */
export function helm(...args: string[]): string {
  const home = mkdtempSync(join(tmpdir(), "helm-"));
  try {
    return execFileSync(binaries("helm"), [...args, "--namespace", "kube-system", "--values", "-"], {
      encoding: "utf8",
      input: JSON.stringify(sealedSecretsValues({})),
      env: {
        PATH: process.env["PATH"] ?? "",
        // Where helm keeps what it finds out about a cluster; without it, in the current folder.
        HOME: home,
        HELM_CACHE_HOME: home,
        HELM_CONFIG_HOME: home,
        HELM_DATA_HOME: home,
      },
    });
  } finally {
    rmSync(home, { recursive: true });
  }
}
