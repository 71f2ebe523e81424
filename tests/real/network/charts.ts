import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { render } from "../../../cli/plan/manifests.js";
import { Charts } from "../../../cli/plan/providers/kubernetes/charts.js";
import type { Values } from "../../../cli/plan/providers/standIn.js";
import { tool } from "../../../cli/kit/toolchain/tool.js";
import { clusterSecurity } from "../../../stacks/clusterSecurity.js";
import type { Settings } from "../../../stacks/settings/index.js";
import { chartFolders } from "../../kit/charts.js";
import { capture } from "../../kit/capture.js";

/** Any text will do for what a provider would answer: only the releases are looked at. */
const answer = "0123456789abcdef";
const outputs = {
  bcryptHash: answer,
  certPem: answer,
  certRequestPem: answer,
  key: answer,
  privateKeyPem: answer,
  result: answer,
  value: answer,
};

/** A release of the stack, and its manifests. */
export interface Rendered {
  chart: string;
  namespace: string;
  objects: Values[];
}

/** A release of the stack whose chart's archive is not at hand. */
export interface Missing {
  chart: string;
  version: string;
  namespace: string;
}

/** What a stack brings into its cluster. */
export interface RenderedStack {
  /** The releases whose chart's archive is at hand. */
  rendered: Rendered[];
  /** The releases whose chart's archive is not. */
  missing: Missing[];
  /** The objects that the program makes without a chart. */
  own: Values[];
}

export async function renderStack(settings: Settings): Promise<RenderedStack> {
  const run = await capture(() => clusterSecurity(settings), {
    outputs: () => outputs,
    invoke: () => ({
      id: "zone",
      zoneId: "zone",
      namespace: "tenancy",
      results: ["DNS Write", "Zone Read"].map((name) => ({
        id: name,
        name,
        scopes: ["com.cloudflare.api.account.zone"],
      })),
    }),
  });
  const charts = new Charts(chartFolders);
  const helm = await tool("helm");
  const folder = mkdtempSync(join(tmpdir(), "isolation-charts-"));
  const rendered: Rendered[] = [];
  const missing: Missing[] = [];
  try {
    for (const { urn, inputs } of run.ofType("kubernetes:helm.sh/v3:Release")) {
      const { name, chart, version, namespace, values } = inputs as Record<string, string> & {
        values: Values;
      };
      const archive = charts.find(chart!, version!)?.archive;
      if (!archive) {
        missing.push({ chart: chart!.split("/").at(-1)!, version: version!, namespace: namespace! });
        continue;
      }
      const objects = await render(
        { urn, name: name!, chart: chart!, version: version!, namespace: namespace!, values, archive },
        { helm, folder, kubernetesVersion: settings.cluster.kubernetesVersion },
      );
      rendered.push({
        chart: chart!.split("/").at(-1)!,
        namespace: namespace!,
        objects: (objects as (Values | null)[]).filter((object) => object !== null),
      });
    }
    const own = run.resources
      .filter(({ type }) => /^kubernetes:.*\/v\d/.test(type) && !type.startsWith("kubernetes:helm.sh/"))
      .map(({ inputs }) => inputs as Values);
    return { rendered, missing, own };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
