import type { Lab } from "../../../cli/lab/lab.js";
import { testGateway } from "./neighbours/gateway.js";
import { testGitOps } from "./neighbours/gitOps.js";
import { phases, startNodeLab } from "./nodeLab.js";
import { demandNode } from "./world.js";

/** Renewed when a third of it is left. */
const validitySeconds = 420;

describe("what others install on a real node", () => {
  let lab: Lab;

  before(async function () {
    demandNode(this);
    lab = await startNodeLab("machine-neighbours", validitySeconds);
    const { sealingCertificate } = (await lab.outputs()) as { sealingCertificate: string };
    await lab.cluster.neighbours!.complete(phases, sealingCertificate);
  });
  after(() => lab?.stop({ removeFiles: true }));

  describe("Traefik, as the Gateway", () => testGateway(() => lab, validitySeconds));
  describe("ArgoCD", () => testGitOps(() => lab));
});
