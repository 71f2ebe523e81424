import type { ReleaseName } from "../helmRelease.js";
import type { ObjectReference } from "./cluster.js";
import type { StackExport, StateResource } from "../stackExport.js";

export const releaseType = "kubernetes:helm.sh/v3:Release";

/** The object that a resource stands for. */
export function objectOf({ inputs = {} }: StateResource): ObjectReference {
  const { apiVersion, kind, metadata } = inputs as unknown as ObjectReference;
  return { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } };
}

export function releaseOf({ inputs = {} }: StateResource): ReleaseName {
  const { name, namespace = "default" } = inputs as { name: string; namespace?: string };
  return { name, namespace };
}

/** As the provider forms ids. */
export function idOf({ type, inputs = {} }: StateResource): string {
  const { name, namespace } = (type === releaseType ? inputs : inputs["metadata"]) as {
    name: string;
    namespace?: string;
  };
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Releases of the state that Helm has known: those with a revision. */
export function releasesIn({ deployment }: StackExport): StateResource[] {
  return (deployment?.resources ?? []).filter(({ type, outputs = {} }) => {
    const { status } = outputs as { status?: { revision?: number } };
    return type === releaseType && status?.revision !== undefined;
  });
}
