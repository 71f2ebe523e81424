import type { Lab } from "../../../cli/lab/lab.js";
import { testGateway } from "./neighbours/gateway.js";
import { phases, startNodeLab } from "./nodeLab.js";
import { demandNode } from "./world.js";

/** Renewed when a third of it is left. */
const validitySeconds = 420;

describe("what others install on a real node", () => {
  let lab: Lab;

  before(async function () {
    demandNode(this);
    lab = await startNodeLab("machine-neighbours", validitySeconds);
    await lab.cluster.neighbours!.complete(phases);
  });
  after(() => lab?.stop({ removeFiles: true }));

  describe("Traefik, as the Gateway", () => testGateway(() => lab, validitySeconds));
});
