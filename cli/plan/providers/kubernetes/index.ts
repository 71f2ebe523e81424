import type { StandIn } from "../standIn.js";
import { Charts } from "./charts.js";
import { DefinitionSchemas } from "./definitions.js";
import { kubernetesObject } from "./object.js";
import { release, type PlannedRelease } from "./release.js";

export interface KubernetesOptions {
  /** Folder with CustomResourceDefinitions. Default: none. */
  crds?: string;
  /** Folders with charts. Default: none. */
  charts?: readonly string[];
  /** Folder for what has been parsed. */
  cache: string;
}

export interface KubernetesStandIn extends StandIn {
  /** Every release that was checked, with its exact version. */
  releases: PlannedRelease[];
}

/** Checks objects against their schemas and releases against their charts, and applies nothing. */
export function kubernetes({ crds, charts = [], cache }: KubernetesOptions): KubernetesStandIn {
  const releases: PlannedRelease[] = [];
  const mutability = { configMaps: false, secrets: false };
  const helmRelease = release(new Charts(charts), releases);
  const object = kubernetesObject(new DefinitionSchemas(crds, cache), mutability);
  return {
    name: "kubernetes",
    releases,
    types: ["helm.sh/v3:Release", "<group>/<version>:<Kind>"],
    kind(type) {
      if (type === "kubernetes:helm.sh/v3:Release") return helmRelease;
      // Charts and folders of manifests are components of the provider; the real one needs a cluster to expand them.
      return /^kubernetes:(?!helm\.sh\/|yaml[:/]|kustomize[:/])[\w.-]+\/\w+:\w+$/.test(type)
        ? object
        : undefined;
    },
    configure({ enableConfigMapMutable, enableSecretMutable }) {
      mutability.configMaps = isTrue(enableConfigMapMutable);
      mutability.secrets = isTrue(enableSecretMutable);
    },
  };
}

/** Provider configuration arrives as text. */
function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}
