import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { SealedSecrets, sealedSecretsValues } from "../../../components/secrets/sealedSecrets.js";
import { SealingKeys } from "../../../components/secrets/sealingKeys.js";
import { capture } from "../../kit/capture.js";
import { assertKnownValues } from "../../kit/chartValues.js";

describe("SealedSecrets", () => {
  const monitoring = { release: "kube-prometheus-stack" };

  it("installs the controller where kubeseal looks for it, and starts it after its keys", async () => {
    const run = await capture(() => {
      const keys = new SealingKeys("sealing-keys", { namespace: "kube-system", keys: [{ name: "first" }] });
      new SealedSecrets(
        "sealed-secrets",
        { namespace: pulumi.output("kube-system"), monitoring, chartVersion: "2.19.0" },
        { dependsOn: keys },
      );
    });
    const component = run.one("cluster-security:secrets:SealedSecrets");
    const release = run.one("kubernetes:helm.sh/v3:Release");
    assert.ok(component.dependencies.includes("sealing-keys-first"), "does not wait for the keys' Secrets");
    assert.equal(run.one("cluster-security:addon:Addon").parent, "sealed-secrets");
    assert.equal(release.parent, "sealed-secrets-controller");
    assert.equal(release.inputs["name"], "sealed-secrets");
    assert.equal(release.inputs["namespace"], "kube-system");
    assert.equal(release.inputs["version"], "2.19.0");
    assert.deepEqual(release.inputs["values"], sealedSecretsValues({ monitoring }));
    assert.equal(release.inputs["values"].fullnameOverride, "sealed-secrets-controller");
    assert.deepEqual(component.outputs, { releaseName: "sealed-secrets" });
  });

  it("registers the same resources with known and unknown values", async () => {
    const program = () => new SealedSecrets("sealed-secrets", { namespace: "kube-system" });
    assert.deepEqual((await capture(program, { preview: true })).shape(), (await capture(program)).shape());
  });

  describe("values", () => {
    it("leave key making to the program, and see its later keys", () => {
      const values = sealedSecretsValues({});
      assert.equal(values.keyrenewperiod, "0");
      assert.equal(values.watchForSecrets, true);
    });

    it("let nobody but administrators call the controller", () => {
      assert.deepEqual(sealedSecretsValues({}).rbac, { serviceProxier: { bind: false } });
    });

    it("watch the controller only where there is monitoring", () => {
      const on = { enabled: true, labels: monitoring };
      assert.deepEqual(sealedSecretsValues({ monitoring }).metrics, {
        serviceMonitor: on,
        prometheusRule: on,
      });
      assert.deepEqual(sealedSecretsValues({}).metrics, {
        serviceMonitor: { enabled: false },
        prometheusRule: { enabled: false },
      });
    });

    it("are values of the chart", function () {
      assertKnownValues(this, "sealed-secrets", sealedSecretsValues({ monitoring }));
      assertKnownValues(this, "sealed-secrets", sealedSecretsValues({}));
    });
  });
});
