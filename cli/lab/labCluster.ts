import type { AcmeStandIn } from "../verify/cluster/target.js";
import type { ChartOptions } from "./apply/index.js";
import type { Neighbours } from "./node/neighbours/neighbours.js";
import type { LabOptions } from "./options.js";

/** A cluster that a lab applies the program to: the simulated one of cli/lab/cluster, or that of a real node. */
export interface LabCluster
  extends Pick<ChartOptions, "bringImages" | "overrides">, Pick<LabOptions, "wrap"> {
  /** Address of the API server, on this machine. */
  readonly server: string;
  /** Credentials of group system:masters, which need no binding. */
  readonly kubeconfig: string;
  /** The file system of its first node: `/etc/kubernetes/…` of the node lies at `<nodeRoot>/etc/kubernetes/…`. */
  readonly nodeRoot: string;
  /** Address of etcd, on this machine. */
  readonly etcdEndpoint: string;
  /** The line that opens a shell on its node. Default: it has none. */
  readonly shell?: string;
  /** What stands in for Let's Encrypt in it. Default: nothing does, and nothing is issued. */
  readonly acmeStandIn?: AcmeStandIn;
  /** What others install and the program works with. Default: its objects have nobody to read them. */
  readonly neighbours?: Neighbours;
  /** Waits until it has ended, which it does not do by itself, and throws then. Default: it outlives this process. */
  ended?(): Promise<never>;
  /** Stops everything of it. Files stay where they are the lab's. */
  stop(): Promise<void>;
}
