import { scheduleSpec } from "../../../../components/backups/velero.js";

export interface Owner {
  apiVersion: string;
  kind: string;
  name?: string;
  uid?: string;
}
/** Owns what is kept: what belongs to an object that does not exist would be taken away. */
export const sealedSecret: Owner = {
  apiVersion: "bitnami.com/v1alpha1",
  kind: "SealedSecret",
  name: "owner",
};

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  [field: string]: unknown;
}

export function secretOf(name: string, owners?: Owner[], labels?: object, namespace = "apps"): Manifest {
  const ownerReferences = owners?.map((owner) => ({ name, uid: "0-0-0-0", ...owner }));
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, labels, ownerReferences },
    stringData: { a: "b" },
  };
}

export const schedule = (name: string, template: object): Manifest => ({
  apiVersion: "velero.io/v1",
  kind: "Schedule",
  metadata: { name, namespace: "velero" },
  spec: { schedule: "0 2 * * *", template },
});

/** The Schedule of the program. */
export const ours = scheduleSpec({
  name: "apps-daily",
  namespaces: ["apps", "velero"],
  cron: "0 2 * * *",
  ttl: "1h",
});
