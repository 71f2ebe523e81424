import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { Secret, type SecretArgs } from "@pulumi/kubernetes/core/v1/secret.js";

/**
 * Label of what Velero leaves out of every backup, one by hand included
 * (https://velero.io/docs/v1.18/resource-filtering/#velero-ioexclude-from-backuptrue).
 */
export const leftOutOfBackups = { "velero.io/exclude-from-backup": "true" } as const;

/** A Secret whose labels are known, so that one can be added. */
export interface StateSecretArgs extends Omit<SecretArgs, "metadata"> {
  metadata: { name: string; namespace: Input<string>; labels?: Record<string, string> };
}

/**
 * A Secret that `pulumi up` brings back from the state. Velero leaves it out: what it backs up lies in the bucket as it
 * is, and the key to the bucket and the passwords of its repositories are among these.
 */
export function stateSecret(name: string, args: StateSecretArgs, opts: CustomResourceOptions): Secret {
  const metadata = { ...args.metadata, labels: { ...args.metadata.labels, ...leftOutOfBackups } };
  return new Secret(name, { ...args, metadata }, opts);
}
