import assert from "node:assert/strict";
import { openCluster, type ClusterConnection } from "../../../cli/lab/apply/index.js";
import { ciliumDefinitions } from "../../../cli/lab/apply/definitions.js";
import { stopLab, type LabControlPlane } from "../../../cli/lab/cluster/labControlPlane.js";
import type { Values } from "../../../cli/plan/providers/standIn.js";
import { isolatedNamespaces } from "../../../stacks/settings/derived/namespaces.js";
import { policiesAsSettings } from "../../../cli/verify/checks/network/policies.js";
import { openTarget } from "../../../cli/verify/cluster/target.js";
import { binaries, startControlPlane } from "../lab/sealed-secrets/lab.js";
import { ciliumPolicy, isCilium, policiesIn, publishedPolicy, settingsIn, titleOf } from "./policies.js";

const enforced = settingsIn("musashi", { enforcement: "enforce", allowUnenforced: false });

describe("a real API server", function () {
  const name = `isolation-${process.pid}`;
  let plane: LabControlPlane;
  let cluster: ClusterConnection;

  before(async function () {
    const program = await ciliumPolicy(this);
    this.timeout(0);
    plane = await startControlPlane(name);
    const { kubeconfig } = plane.paths;
    cluster = await openCluster({ kubeconfig, kubectl: binaries("kubectl") });
    await cluster.definitions.installPrinted(ciliumDefinitions(program));
    for (const namespace of isolatedNamespaces(enforced))
      await cluster.api.apply(
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        { manager: "test" },
      );
  });
  after(() => stopLab(name, { removeFiles: true }));

  const apply = (object: Values) => cluster.api.apply(object, { manager: "test", force: true });

  it("takes every policy of musashi, in audit mode and enforced, and keeps each as it is written", async () => {
    for (const settings of [settingsIn("musashi"), enforced]) {
      const policies = await policiesIn(settings);
      assert.ok(policies.length > 50, `only ${policies.length} policies`);
      for (const policy of policies) {
        const kept = await apply(policy);
        assert.deepEqual(kept["spec"], policy["spec"], titleOf(policy));
      }
    }
  });

  it("shows verify that they are those of the settings, until somebody allows more", async () => {
    const { kubeconfig } = plane.paths;
    const target = await openTarget({ settings: enforced, kubeconfig });
    assert.match(
      (await policiesAsSettings(target)).evidence,
      / policies in backstage, .* are as the settings/,
    );
    const metadata = { name: "allow-all", namespace: "harbor" };
    const spec = { podSelector: {}, ingress: [{}], egress: [{}], policyTypes: ["Ingress", "Egress"] };
    await apply({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec });
    assert.deepEqual(await policiesAsSettings(target), {
      status: "failed",
      evidence:
        "NetworkPolicy harbor/allow-all is not of the settings and allows more; say what it is for in network.flows, or let it only deny",
    });
  });

  it("takes them by the published definition as well", async function () {
    const { apiVersion, kind, spec: published } = publishedPolicy(this);
    const group = "published.example.org";
    const names = { ...published.names, shortNames: [], categories: [] };
    const metadata = { name: `ciliumnetworkpolicies.${group}` };
    await cluster.definitions.installPrinted(
      JSON.stringify({ apiVersion, kind, metadata, spec: { ...published, group, names } }),
    );
    const policies = (await policiesIn(enforced)).filter(isCilium);
    for (const policy of policies) {
      const kept = await apply({ ...policy, apiVersion: `${group}/v2` });
      assert.deepEqual(kept["spec"], policy["spec"], titleOf(policy));
    }
    const [policy] = policies as [Values];
    const { egress, ...spec } = policy["spec"] as Values;
    await assert.rejects(
      apply({ ...policy, apiVersion: `${group}/v2`, spec: { ...spec, egres: egress } }),
      /field not declared in schema|unknown field/,
    );
  });

  it("refuses a policy with a misspelt field, and one with a value that is none", async () => {
    const [policy] = (await policiesIn(enforced)).filter(isCilium) as [Values];
    await assert.rejects(
      apply({ ...policy, spec: { ...policy["spec"], egres: [] } }),
      /\.spec\.egres: field not declared in schema/,
    );
    const rule = { toEntities: ["api-server"], toPorts: [{ ports: [{ port: "80" }] }] };
    await assert.rejects(
      apply({ ...policy, spec: { ...policy["spec"], egress: [rule] } }),
      /Unsupported value: "api-server"/,
    );
  });
});
