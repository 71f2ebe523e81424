import assert from "node:assert/strict";
import { parse } from "yaml";
import { openCluster } from "../../cli/lab/apply/index.js";
import { stopLab } from "../../cli/lab/cluster/labControlPlane.js";
import type { Values } from "../../cli/plan/providers/standIn.js";
import { ciliumDefinitions } from "../../cli/lab/apply/definitions.js";
import { tool } from "../../cli/kit/toolchain/tool.js";
import { isCilium, policiesIn, settingsIn } from "../real/network/policies.js";
import { binaries, startControlPlane } from "../real/lab/sealed-secrets/lab.js";
import { parseSettings } from "../../stacks/settings/index.js";
import { rawSettings } from "../stacks/settings/fixtures.js";
import { allBlocks, documented } from "./claims.js";
import { Sandbox } from "./sandbox.js";

const guide = "docs/guides/isolate-a-namespace.md";

describe(guide, () => {
  const lab = `docs-isolation-${process.pid}`;
  let sandbox: Sandbox;

  before(async function () {
    sandbox = await Sandbox.of(this, ["pulumi", "cilium-policy", "kubectl"]);
  });
  after(async () => {
    await stopLab(lab, { removeFiles: true });
    sandbox.remove();
  });

  it("has an example that the settings take", () => {
    const example = allBlocks.find(({ document, language }) => document === guide && language === "yaml")!;
    const { network } = parse(example.text) as { network: Record<string, unknown> };
    const set = Object.fromEntries(Object.entries(network).map(([key, value]) => [`network.${key}`, value]));
    const { settings, notes } = parseSettings(rawSettings({ set }), "test");
    assert.equal(settings.network.flows.length, 8);
    assert.deepEqual(notes, []);
  });

  documented(
    guide,
    "From audit to enforce (2)",
    "af1b7d5d",
    "turns enforcement on, and HTTP rules with it",
    async (block) => {
      const { stdout } = await sandbox.run(block.text);
      assert.match(stdout, /~ cilium-cni-release {2}.*update\n[^]*?- values\.policyAuditMode: true\n/);
      assert.match(stdout, /~ isolation-harbor-nginx-cilium {2}.*update, takes over\n/);
      assert.match(
        stdout,
        /\nmusashi from \w+: 0 to create, 2 to update, 0 to replace, 0 to delete, \d+ unchanged, 0 violations\n/,
      );
      assert.doesNotMatch(stdout, /network\.enforcement audit/);
    },
  );

  documented(
    guide,
    "If something breaks",
    "d0cc4a6f",
    "opens a namespace, and leaves alone what somebody else made and what only adds",
    async function (block) {
      this.timeout(0);
      const plane = await startControlPlane(lab);
      const { kubeconfig } = plane.paths;
      const cluster = await openCluster({ kubeconfig, kubectl: binaries("kubectl") });
      await cluster.definitions.installPrinted(ciliumDefinitions(await tool("cilium-policy")));
      const apply = (object: Values) => cluster.api.apply(object, { manager: "test" });
      const own = (await policiesIn(settingsIn("lab"))).filter(({ metadata }) =>
        ["backstage", "n8n"].includes(metadata.namespace as string),
      );
      for (const name of ["backstage", "n8n"])
        await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
      for (const policy of own) await apply(policy);
      await apply({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "somebody-elses", namespace: "backstage" },
        spec: { podSelector: {}, policyTypes: ["Ingress"] },
      });
      const env = { KUBECONFIG: kubeconfig };
      const { stdout } = await sandbox.run(block.text, { env });
      assert.match(stdout, /"default-deny" deleted/);
      assert.match(stdout, /\nNAME .*\nsomebody-elses .*\n$/);
      const left = await sandbox.run("kubectl get networkpolicy,cnp -A -o name", { env });
      const staying = own.filter(
        (policy) => isCilium(policy) || (policy["metadata"].namespace as string) === "n8n",
      );
      assert.ok(staying.some((policy) => isCilium(policy) && policy["metadata"].namespace === "backstage"));
      for (const { spec } of staying.filter(isCilium))
        assert.deepEqual(spec.enableDefaultDeny, { ingress: false, egress: false });
      assert.equal(left.stdout.trim().split("\n").length, staying.length + 1);
    },
  );
});
