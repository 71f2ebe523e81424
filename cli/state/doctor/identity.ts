import type { DoctorsCluster } from "./cluster.js";
import { releasesIn, objectOf, releaseOf } from "./resource.js";
import type { StackExport } from "../stackExport.js";

/** Whether a cluster has nothing of a state that holds releases: neither one of them, nor an object with the UID of the state's. */
export async function isAnotherCluster(state: StackExport, cluster: DoctorsCluster): Promise<boolean> {
  const releases = releasesIn(state);
  if (releases.length === 0) return false;
  for (const release of releases) {
    if ((await cluster.revisions(releaseOf(release))).length > 0) return false;
  }
  for (const resource of state.deployment?.resources ?? []) {
    const { metadata } = (resource.outputs ?? {}) as { metadata?: { uid?: string } };
    if (!resource.type.startsWith("kubernetes:") || metadata?.uid === undefined) continue;
    if ((await cluster.find(objectOf(resource)))?.uid === metadata.uid) return false;
  }
  return true;
}
