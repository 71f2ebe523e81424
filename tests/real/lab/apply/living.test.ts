import { argoCdTests } from "./livingArgoCdTests.js";
import { gatewayTests } from "./livingGatewayTests.js";
import { LivingLab } from "./livingLab.js";
import { secretTests } from "./livingSecretsTests.js";

describe("what is asked of a living cluster before the program registers anything", function () {
  this.timeout(120_000);
  const lab = LivingLab.ofSuite(`living-${process.pid}`);

  describe("the living values of what guards data", () => secretTests(lab));
  describe("the ArgoCD of a cluster", () => argoCdTests(lab));
  // Last: a Gateway without a listener for Harbor stops the program.
  describe("the Gateway of a cluster", () => gatewayTests(lab));
});
