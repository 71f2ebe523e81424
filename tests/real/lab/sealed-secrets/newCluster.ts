import assert from "node:assert/strict";
import { stopLab } from "../../../../cli/lab/cluster/labControlPlane.js";
import { startController } from "../../../../cli/lab/sealedSecrets/controller.js";
import { chartArchive, helm } from "./chart.js";
import { certificateInUse, stopController } from "./controller.js";
import { applySealed } from "./gitOps.js";
import { crds } from "../../../kit/charts.js";
import { binaries } from "./lab.js";
import type { SealingLab } from "./sealingLab.js";
import { backstage, newer, keyLabel, ours, logOf, eventually } from "./sealingLab.js";

/** Tests of a cluster that takes the place of the one that a lab has had. */
export function describeNewCluster(lab: SealingLab): void {
  describe("in a new cluster, after the first one is lost with its files", () => {
    let chart: string | undefined;
    before(async () => {
      await stopLab(`${lab.suite}-one`, { removeFiles: true });
      await lab.newCluster("two", ["first", "second"]);
      chart = chartArchive();
      if (chart) helm("install", "sealed-secrets", chart, "--kubeconfig", lab.plane.paths.kubeconfig);
      await lab.start(crds);
      assert.match(lab.controller.source, chart ? /^chart sealed-secrets-\d/ : /^stand-in for the chart/);
    });

    it("unseals the same texts from Git", async () => {
      for (const text of Object.values(lab.git)) await applySealed(lab.kubectl, text, "backstage");
      await lab.assertUnsealed(backstage);
      await lab.assertUnsealed(newer);
      assert.equal(await certificateInUse(lab.controller), lab.certificates[1]);
      assert.deepEqual(await lab.activeKeys(), ours);
      const findings = await lab.verify(lab.certificates);
      // No pod of the Deployment runs here.
      assert.equal(findings.renewal.status, chart ? "unchecked" : "failed", findings.renewal.evidence);
      for (const { status, evidence } of [findings.held, findings.probe, findings.every]) {
        assert.equal(status, "proved", evidence);
      }
    });

    it("makes a key of its own when it starts and finds none, whatever its flags say, and verify fails", async () => {
      await stopController(lab.plane);
      await lab.kubectl(["delete", "secret", "-n", "kube-system", "-l", keyLabel]);
      lab.controller = await startController(lab.plane, binaries);
      assert.ok(lab.controller.flags.join(" ").includes("--key-renew-period 0"));
      const [own, ...others] = await lab.activeKeys();
      assert.deepEqual(others, []);
      assert.match(own!, /^sealed-secrets-key[a-z0-9]+$/);
      const made = await certificateInUse(lab.controller);
      assert.ok(!lab.certificates.includes(made));
      // It tries each a few times, and must not do so with a key that comes meanwhile.
      await eventually(() => {
        for (const name of Object.keys(lab.git))
          assert.match(logOf(lab.plane), new RegExp(`giving up" key=backstage/${name} `));
      });

      // Its own starts later than ours, so it goes on sealing with it.
      await lab.up(["first", "second"]);
      await eventually(() =>
        assert.match(logOf(lab.plane), /registered private key" secretname=sealed-secrets-key-second/),
      );
      assert.equal(await certificateInUse(lab.controller), made);
      const { held, every } = await lab.verify(lab.certificates);
      assert.equal(held.status, "failed");
      assert.match(held.evidence, new RegExp(`^kube-system/${own} .* is not in the state`));
      // It tries a SealedSecret again only when that is changed, or when it starts.
      assert.equal(every.status, "failed");
      assert.match(every.evidence, /backstage\/backstage-db .*no key could decrypt secret/);

      await lab.kubectl(["delete", `secret/${own}`, "-n", "kube-system"]);
      lab.controller = await startController(lab.plane, binaries);
      assert.equal(await certificateInUse(lab.controller), lab.certificates[1]);
      assert.equal((await lab.verify(lab.certificates)).held.status, "proved");
      await eventually(async () => assert.equal((await lab.verify(lab.certificates)).every.status, "proved"));
    });

    it("ends when a Secret without a key is labelled as one, and verify says which", async () => {
      const label = { [keyLabel]: "active" };
      const metadata = { name: "no-key", namespace: "kube-system", labels: label };
      const secret = { apiVersion: "v1", kind: "Secret", metadata, type: "kubernetes.io/tls" };
      await lab.apply({ ...secret, stringData: { "tls.crt": "", "tls.key": "" } });
      await assert.rejects(startController(lab.plane, binaries), {
        message:
          /^sealed-secrets-controller ended before it was ready\. The end of its log:\n[^]*index out of range/,
      });
      const { held } = await lab.verify(lab.certificates, { controllerProblem: "it ended" });
      assert.equal(held.status, "failed");
      assert.match(
        held.evidence,
        /^kube-system\/no-key is no sealing key and is used as one: it holds no RSA key/,
      );
    });
  });
}
