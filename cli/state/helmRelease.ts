import { gunzipSync } from "node:zlib";
import type { KubeApi } from "../../stacks/kubernetes/api.js";

/** What Helm has noted about one revision of a release. */
export interface HelmRelease {
  name: string;
  namespace: string;
  revision: number;
  /** Such as deployed, failed or pending-upgrade. */
  status: string;
  /** Name of the chart, without its repository. */
  chart: string;
  chartVersion: string;
  /** Version of the application, as the chart has it. */
  appVersion?: string;
  /** Values that somebody has set; the chart's own defaults are not among them. */
  values: Record<string, unknown>;
}

/** Names a release in a cluster. */
export type ReleaseName = Pick<HelmRelease, "name" | "namespace">;

interface HelmNote {
  name: string;
  namespace: string;
  version: number;
  info: { status: string };
  chart: { metadata: { name: string; version: string; appVersion?: string } };
  config?: Record<string, unknown> | null;
}

/** The Secret of a note. */
interface NoteSecret {
  metadata: { labels: Record<string, string>; creationTimestamp: string };
  data: Record<string, string>;
}

/** Label selector of Helm's notes on a release (https://helm.sh/docs/topics/advanced/#secrets-storage-backend). */
export function noteSelector(release: string): string {
  return `owner=helm,name=${release}`;
}

/** Name of the Secret in which Helm has noted a revision. */
export function noteName(release: string, revision: number): string {
  return `sh.helm.release.v1.${release}.v${revision}`;
}

/**
 * Reads a note of Helm: JSON, compressed, in base64, once more in base64 as data of a Secret
 * (https://github.com/helm/helm/blob/v3.19.0/pkg/storage/driver/util.go).
 */
export function decodedRelease({ release }: Record<string, string>): HelmRelease {
  const packed = Buffer.from(Buffer.from(release!, "base64").toString("latin1"), "base64");
  const note = JSON.parse(gunzipSync(packed).toString("utf8")) as HelmNote;
  return {
    name: note.name,
    namespace: note.namespace,
    revision: note.version,
    status: note.info.status,
    chart: note.chart.metadata.name,
    chartVersion: note.chart.metadata.version,
    appVersion: note.chart.metadata.appVersion,
    values: note.config ?? {},
  };
}

/** A revision of a release, and when Helm last changed its status. */
export type HelmRevision = HelmRelease & { changed: Date };

/** Every revision of a release in a cluster, oldest first; none where there is no such release. */
export async function revisionsOf(api: KubeApi, { namespace, name }: ReleaseName): Promise<HelmRevision[]> {
  const selector = encodeURIComponent(noteSelector(name));
  const list = `/api/v1/namespaces/${namespace}/secrets?labelSelector=${selector}`;
  const { items } = (await api.read<{ items: NoteSecret[] }>(list))!;
  return items
    .map(({ metadata, data }) => {
      // In seconds (https://github.com/helm/helm/blob/v3.19.0/pkg/storage/driver/secrets.go).
      const seconds = metadata.labels["modifiedAt"] ?? metadata.labels["createdAt"];
      const changed = new Date(seconds ? Number(seconds) * 1000 : metadata.creationTimestamp);
      return { ...decodedRelease(data), changed };
    })
    .sort((a, b) => a.revision - b.revision);
}

/** Whether Helm takes an operation on a release for one that goes on: it starts no other then. */
export function isUnfinished({ status }: { status: string }): boolean {
  return status.startsWith("pending-") || status === "uninstalling";
}

/** Whether a revision was deployed, then or now: Helm upgrades such a release, and can go back to it. */
export function wasDeployed({ status }: { status: string }): boolean {
  return status === "deployed" || status === "superseded";
}
