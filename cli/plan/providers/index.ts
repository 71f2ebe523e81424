import { cloudflare } from "./cloudflare.js";
import { command } from "./command.js";
import { kubernetes, type KubernetesOptions, type KubernetesStandIn } from "./kubernetes/index.js";
import { oci, type ExistingBucket } from "./oci.js";
import { random } from "./random.js";
import type { StandIn } from "./standIn.js";
import { tls } from "./tls.js";

export interface StandInOptions extends KubernetesOptions {
  /** Buckets that exist outside the state. Default: none. */
  buckets?: readonly ExistingBucket[];
}

/** A stand-in for every provider the program uses. */
export function standIns({ buckets, ...options }: StandInOptions): {
  all: StandIn[];
  kubernetes: KubernetesStandIn;
} {
  const cluster = kubernetes(options);
  return { all: [cluster, random, tls, cloudflare, oci(buckets), command], kubernetes: cluster };
}
