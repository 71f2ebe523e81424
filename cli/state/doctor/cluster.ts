import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { KubeConfig } from "@kubernetes/client-node";
import { KubeApi } from "../../../stacks/kubernetes/api.js";
import { ObjectApi } from "../../lab/apply/objectApi.js";
import { applyLease, deleteLease, type ApplyLease } from "./lease.js";
import { revisionsOf, type ReleaseName, type HelmRevision } from "../helmRelease.js";

/** An object as it is named. */
export interface ObjectReference {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** What is asked of a revision of a release. */
export type ReleaseRevision = Pick<
  HelmRevision,
  "revision" | "status" | "chart" | "chartVersion" | "changed"
>;

/** An object of the cluster. */
export interface LiveObject {
  uid: string | undefined;
  /** Who has set its fields, those of its status excepted. */
  managers: string[];
}

/** What is asked of a cluster. */
export interface DoctorsCluster {
  /** When the client certificate of the kubeconfig ends; undefined where it has none. */
  certificateEnd(): Date | undefined;
  /** Returns undefined where there is no such object. */
  find(object: ObjectReference): Promise<LiveObject | undefined>;
  /** Revisions of a release, oldest first; none where there is no such release. */
  revisions(release: ReleaseName): Promise<ReleaseRevision[]>;
  /** The Lease of cluster-security-apply; undefined where there is none, and `hidden` where it may not be read. */
  lease(): Promise<ApplyLease | undefined | "hidden">;
  deleteLease(lease: Pick<ApplyLease, "version">): Promise<void>;
}

interface Found {
  metadata: { uid?: string; managedFields?: { manager?: string; subresource?: string }[] };
}

export async function clusterOf(config: KubeConfig): Promise<DoctorsCluster> {
  const api = await KubeApi.of(config);
  const objects = new ObjectApi(api);
  return {
    certificateEnd() {
      const { certData, certFile } = config.getCurrentUser() ?? {};
      const pem = certData ? Buffer.from(certData, "base64") : certFile ? readFileSync(certFile) : undefined;
      return pem && new Date(new X509Certificate(pem).validTo);
    },
    async find(object) {
      const found = (await objects.get({ ...object })) as Found | undefined;
      if (!found) return undefined;
      const { uid, managedFields = [] } = found.metadata;
      const entries = managedFields.filter(({ subresource }) => !subresource);
      return { uid, managers: [...new Set(entries.flatMap(({ manager }) => manager ?? []))] };
    },
    revisions: (release) => revisionsOf(api, release),
    lease: () => applyLease(api),
    deleteLease: (lease) => deleteLease(api, lease),
  };
}
