import { cloudflare } from "./cloudflare.js";
import { command } from "./command.js";
import { kubernetes, type KubernetesOptions, type KubernetesStandIn } from "./kubernetes/index.js";
import { oci } from "./oci.js";
import { random } from "./random.js";
import type { StandIn } from "./standIn.js";
import { tls } from "./tls.js";

/** A stand-in for every provider the program uses. */
export function standIns(options: KubernetesOptions): { all: StandIn[]; kubernetes: KubernetesStandIn } {
  const cluster = kubernetes(options);
  return { all: [cluster, random, tls, cloudflare, oci, command], kubernetes: cluster };
}
