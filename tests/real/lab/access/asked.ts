import type { Kubectl } from "../verify/kubectl.js";
import type { Trials } from "./tried.js";

/** A cluster that has the policies, as its administrator asks it. */
export interface Asked {
  admin: Kubectl;
  /** Creates nothing. */
  tried: Trials["tried"];
}
