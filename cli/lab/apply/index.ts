import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { KubernetesStandIn } from "../../plan/providers/kubernetes/index.js";
import { Charts } from "../../plan/providers/kubernetes/charts.js";
import type { Values } from "../../plan/providers/standIn.js";
import { kubectlWith } from "../kubectl.js";
import { ObjectApi } from "./objectApi.js";
import { DefinitionInstaller } from "./definitions.js";
import { helmWith } from "./helm.js";
import { appliedObject, type ClusterConnection } from "./object.js";
import { chartInPlace } from "./recorded.js";
import { appliedRelease, type ReleaseTools } from "./release.js";

export { ciliumDefinitions } from "./definitions.js";
export { installPrerequisites, ownedObjects, type OwnedObject } from "./prerequisites.js";
export { recordedReleases, type RecordedRelease } from "./recorded.js";
export type { ClusterConnection } from "./object.js";

export interface ClusterConnectionOptions {
  /** Credentials that may do everything. */
  kubeconfig: string;
  /** Path of kubectl. */
  kubectl: string;
  /** Folder with CustomResourceDefinitions, `<chart or project>-<version>.yaml`. Default: none. */
  crds?: string;
}

/** Opens the way to a cluster. */
export async function openCluster(options: ClusterConnectionOptions): Promise<ClusterConnection> {
  const { kubeconfig, crds } = options;
  const api = await ObjectApi.connect(kubeconfig);
  const kubectl = kubectlWith(options.kubectl, kubeconfig);
  return { api, kubectl, definitions: new DefinitionInstaller(api, crds) };
}

export interface HelmOptions {
  /** Path of helm. */
  helm: string;
  kubeconfig: string;
  /** Folder for values and for what helm keeps; emptied at the start. */
  scratch: string;
  /** Folders with chart archives, `<chart>-<version>.tgz`. Default: none. */
  charts?: readonly string[];
  /**
   * Gives the nodes the images of a release. False: one of them is not at hand, and the release is recorded. Default: pods
   * only seem to run, and need none.
   */
  bringImages?: (names: readonly string[]) => Promise<boolean>;
  /** Values that a chart has instead of the program's, because of what the nodes are. Default: none. */
  overrides?: (chart: string) => Values | undefined;
}

/** The stand-in for the Kubernetes provider, checking and comparing as it is, and applying for real. */
export function applying(
  recorded: KubernetesStandIn,
  cluster: ClusterConnection,
  options: HelmOptions,
): KubernetesStandIn {
  const settings = { upsert: false, force: false };
  const scratch = join(options.scratch, "helm");
  const charts = new Charts(options.charts ?? []);
  const helm = helmWith(options.helm, options.kubeconfig, scratch);
  const { bringImages, overrides } = options;
  /** The chart as helm takes it, a folder, an archive, or one in its place; and its values. */
  const source: ReleaseTools["source"] = async (inputs, context) => {
    const { chart, version, name, namespace } = inputs as Record<"chart" | "version" | "name", string> & {
      namespace?: string;
    };
    const given = (inputs["values"] as Values | undefined) ?? {};
    const values = [given, overrides?.(basename(chart)) ?? []].flat();
    const found = existsSync(join(chart, "Chart.yaml")) ? chart : charts.find(chart, version)?.archive;
    const inPlace = () => chartInPlace(join(scratch, "charts"), inputs, cluster.definitions.folder);
    if (found === undefined) return { chart: inPlace(), values };
    if (bringImages) {
      const command = [
        "template",
        name,
        found,
        ...(namespace === undefined ? [] : ["--namespace", namespace]),
      ];
      const images = imagesIn(await helm(command, context, values));
      if (!(await bringImages(images))) return { chart: inPlace(), values };
    }
    return { chart: found, values };
  };
  return {
    ...recorded,
    kind(type) {
      const kind = recorded.kind(type);
      if (!kind) return undefined;
      return type === "kubernetes:helm.sh/v3:Release"
        ? appliedRelease(kind, cluster, { helm, source })
        : appliedObject(kind, cluster, settings);
    },
    configure(configuration) {
      recorded.configure?.(configuration);
      const { upsertExistingObjects, enablePatchForce = process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"] } =
        configuration;
      settings.upsert = String(upsertExistingObjects) === "true";
      settings.force = String(enablePatchForce) === "true";
    },
  };
}

/** The images of a rendered chart's containers, each once. */
function imagesIn(manifests: string): string[] {
  return [...new Set([...manifests.matchAll(/^[ -]+image: *["']?([^"'\s]+)/gm)].map(([, name]) => name!))];
}
