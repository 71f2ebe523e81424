import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterConnection } from "../../../../cli/lab/apply/index.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";

/** Above this size the plugin uploads in parts. */
export const partBytes = 5 * 2 ** 20;

/** Velero's own labels, which tell where a restored object comes from; nothing else is added. */
export const origin = (backup: string, restore: string) => ({
  "velero.io/backup-name": backup,
  "velero.io/restore-name": restore,
});

/** Deletes a namespace and waits until it is gone. */
export async function deleteNamespace({ api }: ClusterConnection, name: string): Promise<void> {
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  await api.delete(object, "Background");
  while (await api.get(object)) await sleep(100);
}

/** The same objects with further labels, but for the namespace, which Velero makes before all others and leaves alone. */
export function labelled(
  objects: Record<string, Values>,
  labels: Record<string, string>,
): Record<string, Values> {
  return Object.fromEntries(
    Object.entries(structuredClone(objects)).map(([name, object]) => [
      name,
      name === "Namespace" ? object : { ...object, labels: { ...object["labels"], ...labels } },
    ]),
  );
}
