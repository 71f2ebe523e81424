import type { SpawnSyncReturns } from "node:child_process";
import type { Kubectl } from "../verify/kubectl.js";
import type { Manifest } from "./admissionCases.js";

/** A cluster that has the policies, as its administrator asks it. */
export interface Asked {
  admin: Kubectl;
  create: (manifest: Manifest, ...options: string[]) => SpawnSyncReturns<string>;
  /** Creates nothing. */
  tried: (manifest: Manifest) => SpawnSyncReturns<string>;
}
