import type { Progress } from "../kit/progress.js";
import type { StandIn } from "../plan/providers/standIn.js";
import type { PluginRunOptions } from "./apply/index.js";
import type { ProviderMode } from "./official/index.js";
import type { SessionOptions } from "./session.js";

export interface LabOptions {
  /** Name of the lab; labs of different names run side by side. */
  name: string;
  /** Stack whose settings it has. */
  stack: string;
  /** simulated: servers on this machine, where pods only seem to run; node: a real one. Default: simulated. */
  cluster?: "simulated" | "node";
  /** How many nodes a cluster of real ones has. Default: 1. */
  nodes?: number;
  /** True: the cluster goes on when this process ends, until `npm run lab:stop`. */
  keep: boolean;
  /** Folder with CustomResourceDefinitions. Default: none. */
  crds?: string;
  /** Folder with chart archives that the user gives. Default: none. */
  charts?: string;
  /** Folder with archives of the charts that are not among those. Default: none, their releases are recorded. */
  fetchedCharts?: string;
  /** What serves the provider packages. Default: stand-in. */
  providers?: ProviderMode;
  /** As a session's. Default: false, as a killed lab is never resumed. */
  checkpoints?: SessionOptions["checkpoints"];
  /** How long certificates are valid that the ACME server of a node issues. Default: as long as those of Let's Encrypt. */
  validitySeconds?: number;
  /** Wraps what stands in for a provider, such as to see what it is asked. Default: it stays as it is. */
  wrap?: (standIn: StandIn) => StandIn;
  /** What happens around the creations and deletions of the Kubernetes plugin. Default: nothing. */
  around?: PluginRunOptions["around"];
  progress: Progress;
}
