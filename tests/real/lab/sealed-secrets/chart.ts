import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { charts } from "../../../../components/common/charts.js";
import { sealedSecretsValues } from "../../../../components/secrets/sealedSecrets.js";
import { Charts } from "../../../../cli/plan/providers/kubernetes/charts.js";
import { binaries } from "./lab.js";

/** Folders with chart archives: the one CHARTS names, and the one beside the checkout where it has company. */
const folders = [
  ...(process.env["CHARTS"] ? [process.env["CHARTS"]] : []),
  fileURLToPath(new URL("../../../../../shared/data/charts/", import.meta.url)),
];

/** The pinned chart's archive; without it, says how to give one. */
export function chartArchive(): string | undefined {
  const { chart, version } = charts["sealed-secrets"];
  const archive = new Charts(folders).find(chart, version)?.archive;
  if (!archive) {
    console.log(`      without the chart: no ${chart}-${version}.tgz at hand; CHARTS=folder names one`);
  }
  return archive;
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
        HELM_CACHE_HOME: home,
        HELM_CONFIG_HOME: home,
        HELM_DATA_HOME: home,
      },
    });
  } finally {
    rmSync(home, { recursive: true });
  }
}
