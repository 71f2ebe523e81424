import type { Scene } from "./pair.js";
import { trivy } from "./unscannedImages.js";

/** Why nothing that verify sees can prove a claim, and the best that it can see. */
interface NeverProved {
  why: string;
  best: Scene;
}

/** Every claim without a pair, by its words. There are no others. */
export const neverProved: Record<string, NeverProved> = {
  "Trivy checks OS packages, application dependencies and configuration": {
    why: "Harbor shows the reports of scans to those alone who log in, and verify has no password of Harbor",
    best: { answers: trivy("vuln,config,secret") },
  },
  "Every image pushed to Harbor is scanned; policies can block pulls": {
    why: "settings of Harbor's projects are in its database, and its API shows them to its administrator alone",
    best: {},
  },
};
