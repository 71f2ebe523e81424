import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ApiException, CoreV1Api, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { notesOf } from "../helmRelease.js";

/** An object as it is named. */
export interface ObjectName {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

export interface ReleaseName {
  namespace: string;
  name: string;
}

export interface Revision {
  revision: number;
  /** Such as deployed or pending-upgrade. */
  status: string;
}

/** What is asked of a cluster. */
export interface DoctorsCluster {
  /** When the client certificate of the kubeconfig ends; undefined where it has none. */
  certificateEnd(): Date | undefined;
  /** Who has set fields of an object; undefined where there is none. */
  managers(object: ObjectName): Promise<string[] | undefined>;
  /** Revisions of a release, oldest first; none where there is no such release. */
  revisions(release: ReleaseName): Promise<Revision[]>;
}

/**
 * @param kubeconfig Path of a kubeconfig.
 * @param context Default: the kubeconfig's own.
 */
export function clusterOf(kubeconfig: string, context?: string): DoctorsCluster {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  if (context !== undefined) {
    if (!config.getContextObject(context)) throw new Error(`it has no context ${context}`);
    config.setCurrentContext(context);
  }
  const core = config.makeApiClient(CoreV1Api);
  const objects = KubernetesObjectApi.makeApiClient(config);
  return {
    certificateEnd() {
      const { certData, certFile } = config.getCurrentUser() ?? {};
      const pem = certData ? Buffer.from(certData, "base64") : certFile ? readFileSync(certFile) : undefined;
      return pem && new Date(new X509Certificate(pem).validTo);
    },
    async managers(object) {
      try {
        const { metadata } = await objects.read(object);
        return (metadata?.managedFields ?? []).flatMap(({ manager }) => manager ?? []);
      } catch (error) {
        // Neither the object, nor such a kind.
        if (error instanceof ApiException && error.code === 404) return undefined;
        if (/Unrecognized API version and kind/.test((error as Error).message)) return undefined;
        throw error;
      }
    },
    async revisions({ namespace, name }) {
      const { items } = await core.listNamespacedSecret({ namespace, labelSelector: notesOf(name) });
      return items
        .map(({ metadata }) => metadata!.labels!)
        .map((labels) => ({ revision: Number(labels["version"]), status: labels["status"]! }))
        .sort((a, b) => a.revision - b.revision);
    },
  };
}
