import * as pulumi from "@pulumi/pulumi";
import { Secret, type SecretArgs } from "@pulumi/kubernetes/core/v1/secret.js";

/**
 * Label of what Velero leaves out of every backup, one by hand included
 * (https://velero.io/docs/v1.18/resource-filtering/#velero-ioexclude-from-backuptrue).
 */
export const leftOutOfBackups = { "velero.io/exclude-from-backup": "true" } as const;

/** A Secret whose labels are known, so that one can be added. */
export interface StateSecretArgs extends Omit<SecretArgs, "metadata"> {
  metadata: { name: string; namespace: pulumi.Input<string>; labels?: Record<string, string> };
}

/**
 * A Secret that `pulumi up` brings back from the state. Velero leaves it out: what it backs up lies in the bucket as it
 * is, and the key to the bucket and the passwords of its repositories are among these.
 *
 * Its metadata is secret in the state as well: one that somebody made with `kubectl apply` before has its whole content in the
 * annotation kubectl.kubernetes.io/last-applied-configuration.
 */
export function stateSecret(name: string, args: StateSecretArgs, opts: pulumi.CustomResourceOptions): Secret {
  const metadata = { ...args.metadata, labels: { ...args.metadata.labels, ...leftOutOfBackups } };
  const hidden = { additionalSecretOutputs: ["metadata"] };
  return new Secret(name, { ...args, metadata }, pulumi.mergeOptions(opts, hidden));
}
