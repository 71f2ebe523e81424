import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { clusterSecurity, type ClusterSecurityOutputs } from "../../stacks/clusterSecurity.js";
import { parseSettings, settingsOf } from "../../stacks/settings/index.js";
import { capture, type Capture, type Captured, type CaptureOptions } from "../kit/capture.js";
import { rawSettings } from "./settings/fixtures.js";
import { answers } from "./answers.js";

const stackFile = new URL("../../Pulumi.musashi.yaml", import.meta.url);
/** Raw settings of musashi. */
export const musashi = settingsOf(
  (parse(readFileSync(stackFile, "utf8")) as { config: Record<string, unknown> }).config,
);

interface Run {
  stack: Capture;
  outputs: ClusterSecurityOutputs;
}

/** What was run already. Nobody changes what was captured. */
const runs = new Map<string, Promise<Run>>();

/** Runs the stack for raw settings, once for the same ones. */
export function run(raw: unknown, { preview = false }: Pick<CaptureOptions, "preview"> = {}): Promise<Run> {
  const key = JSON.stringify([raw, preview]);
  const found = runs.get(key) ?? runOnce(raw, preview);
  runs.set(key, found);
  return found;
}

async function runOnce(raw: unknown, preview: boolean): Promise<Run> {
  let outputs: ClusterSecurityOutputs;
  const { settings } = parseSettings(raw, "test", { secrets: "decrypted" });
  const stack = await capture(() => (outputs = clusterSecurity(settings)), { ...answers, preview });
  return { stack, outputs: outputs! };
}

/** Raw settings that between them have every kind of object this program makes, for a cluster that exists. */
export const existingClusters: Record<string, Record<string, unknown>> = {
  musashi,
  another: rawSettings({
    set: {
      "cluster.existing": true,
      "network.isolated": ["shop"],
      "network.flows": ["traefik -> harbor:http"],
      "auditLogs.enabled": true,
      "certificates.acme.environment": "staging",
      "access.auditors": [{ kind: "Group", name: "auditors" }],
      "access.namespaces": {
        shop: { podSecurity: "baseline", quota: { pods: "20" }, limits: { max: { memory: "1Gi" } } },
      },
      "access.argocd": {
        enabled: true,
        project: "homelab",
        applications: [
          { name: "shop", repository: "https://github.com/x/shop.git", path: ".", namespace: "shop" },
        ],
      },
    },
  }),
};

/** The objects that a stack makes in a cluster, Helm releases apart. */
export function objectsOf(stack: Capture): Captured[] {
  return stack.resources.filter(({ type }) => /^kubernetes:(?!helm\.sh\/)/.test(type));
}
