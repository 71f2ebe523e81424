import type { Lab } from "../verify/lab.js";
import type { Trials } from "./tried.js";

/** A cluster that has the policies, as its administrator asks it. */
export interface Asked {
  admin: Lab["kubectl"];
  /** Creates nothing. */
  tried: Trials["tried"];
}
