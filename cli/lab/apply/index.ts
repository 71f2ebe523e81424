import { ApiError } from "../../../stacks/kubernetes/apiError.js";
import type { PlannedRelease } from "../../plan/providers/kubernetes/release.js";
import type { Values } from "../../plan/providers/standIn.js";
import { plain } from "../../plan/providers/values.js";
import { helmFolders } from "../official/index.js";
import type { ClusterConnection } from "./connection.js";
import type { ObjectApi } from "./objectApi.js";
import { startPlugin } from "./plugin.js";
import { creator } from "./prerequisites.js";
import { serveRelay, type RelayHooks } from "./relay.js";
import { ReleaseCharts, type ChartOptions } from "./releaseChart.js";

export { openCluster, type ClusterConnection, type ClusterConnectionOptions } from "./connection.js";
export { ciliumDefinitions } from "./definitions.js";
export { installPrerequisites, ownedObjects, type OwnedObject } from "./prerequisites.js";
export { recordedReleases, type RecordedRelease } from "./recorded.js";
export type { ChartOptions } from "./releaseChart.js";

export interface PluginRunOptions extends ChartOptions {
  /** Path of Pulumi's Kubernetes plugin. */
  plugin: string;
  /** File for what the plugin prints. */
  log: string;
  /** Called around every creation and deletion, such as to see or to break off what is done. Default: nothing is. */
  around?: Pick<RelayHooks, "create" | "delete">;
}

/** Pulumi's Kubernetes plugin, as the engine finds it. */
export interface KubernetesPlugin {
  name: "kubernetes";
  port: number;
  /** What it says it is. */
  version: string;
  /** The releases whose chart was an archive at hand. */
  releases(): PlannedRelease[];
  close(): Promise<void>;
}

/**
 * Starts Pulumi's own Kubernetes plugin for a lab. What it adds on the way to it: each release has its chart in a folder,
 * and a kind that no chart at hand serves gets a definition.
 */
export async function startKubernetes(
  { api, definitions }: Pick<ClusterConnection, "api" | "definitions">,
  options: PluginRunOptions,
): Promise<KubernetesPlugin> {
  const { plugin, log, kubeconfig, scratch, around } = options;
  const charts = new ReleaseCharts(options);
  const env = { PATH: process.env["PATH"], HOME: scratch, KUBECONFIG: kubeconfig, ...helmFolders(scratch) };
  let takesOver = false;
  const relay = await serveRelay(() => startPlugin(plugin, { env, log }), {
    configure: ({ upsertExistingObjects }) => (takesOver = String(upsertExistingObjects) === "true"),
    check: ({ urn, type, inputs }) =>
      type === "kubernetes:helm.sh/v3:Release" ? charts.inputsFor(urn, inputs) : Promise.resolve(inputs),
    async create(resource, create) {
      const { type, inputs } = resource;
      const { apiVersion, kind, metadata } = inputs;
      if (apiVersion !== undefined) {
        await definitions.ensure({ apiVersion, kind, namespaced: metadata?.namespace !== undefined });
        if (!takesOver && !type.endsWith("Patch")) await demandNew(api, inputs);
      }
      return around?.create ? around.create(resource, create) : create();
    },
    delete: around?.delete,
  });
  return {
    name: "kubernetes",
    port: relay.port,
    version: relay.version,
    releases: () => charts.found(),
    close: () => relay.close(),
  };
}

/**
 * The release refuses to make what exists, unless its provider takes objects over; the source that can be built is older than
 * that (https://github.com/pulumi/pulumi-kubernetes, provider/pkg/await/await.go, Creation).
 *
 * @throws Error as the API server says it.
 */
async function demandNew(api: ObjectApi, inputs: Values): Promise<void> {
  const refused = await api
    .create(plain(inputs) as Values, creator, { dryRun: true })
    .catch((error: Error) => error);
  if (refused instanceof ApiError && refused.code === 409) throw refused;
}
