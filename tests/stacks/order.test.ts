import assert from "node:assert/strict";
import type { Capture, Captured } from "../kit/capture.js";
import { rawSettings } from "./settings/fixtures.js";
import { musashi, run } from "./program.js";

/** Everything a resource waits for: by itself, by its parents, and by what those wait for. */
function waitsFor(stack: Capture, resource: Captured): Set<string> {
  const found = new Set<string>();
  const visit = (name: string | undefined): void => {
    if (name === undefined || found.has(name)) return;
    found.add(name);
    const next = stack.resources.find((candidate) => candidate.name === name);
    next?.dependencies.forEach(visit);
    visit(next?.parent);
  };
  resource.dependencies.forEach(visit);
  visit(resource.parent);
  return found;
}

describe("the stack", () => {
  for (const [name, raw] of Object.entries({ musashi, minimal: rawSettings({}) })) {
    it(`registers the same resources of ${name} with known and unknown values`, async () => {
      const known = (await run(raw)).stack.shape();
      assert.deepEqual((await run(raw, { preview: true })).stack.shape(), known);
      assert.ok(known.length > 90, `only ${known.length} resources`);
    });
  }

  it("starts nothing with pods before Cilium", async () => {
    const { stack } = await run(musashi);
    const releases = stack.ofType("kubernetes:helm.sh/v3:Release");
    assert.deepEqual(releases.map(({ inputs }) => inputs["name"]).sort(), [
      "cert-manager",
      "cilium",
      "harbor",
      "reloader",
      "reloader",
      "sealed-secrets",
      "velero",
    ]);
    for (const release of releases.filter(({ inputs }) => inputs["name"] !== "cilium")) {
      assert.ok(
        waitsFor(stack, release).has("cilium-cni-release"),
        `${release.name} does not wait for Cilium`,
      );
    }
  });

  const order: [first: string, then: string][] = [
    ["sealing-keys-first", "sealed-secrets-controller-release"],
    ["dns-api-token-secret", "issuers-letsencrypt-prod"],
    ["cert-manager-addon-release", "issuers-letsencrypt-prod"],
    ["issuers-letsencrypt-prod", "certificates-harbor-harbor-tls"],
    ["namespaces-harbor", "certificates-harbor-harbor-tls"],
    ["certificates-harbor-harbor-tls", "harbor-chart-release"],
    ["backups-storage-bucket", "backups-velero-chart-release"],
  ];
  for (const [first, then] of order) {
    it(`has ${first} before ${then}`, async () => {
      const { stack } = await run(musashi);
      const names = stack.resources.map((resource) => resource.name);
      const resource = stack.resources.find(({ name }) => name === then);
      assert.ok(resource && names.includes(first), `registered:\n${names.sort().join("\n")}`);
      assert.ok(waitsFor(stack, resource).has(first));
    });
  }

  it("changes nothing in the cluster while node files are applied, which restarts its API server", async () => {
    const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKlci+SYFQKttaPeN3lP1USxuBDXN2DiMqQn465f4WGN";
    const nodes = ["a", "b"].map((name, index) => ({
      name,
      address: `192.0.2.${index + 1}`,
      ssh: { hostKey },
    }));
    const { stack } = await run(
      rawSettings({
        set: {
          "controlPlane.delivery": "ssh",
          "cluster.nodes": nodes,
          "cluster.controlPlaneEndpoint": "api.example.com:6443",
        },
      }),
    );
    const inCluster = stack.resources.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.ok(inCluster.length > 30);
    assert.deepEqual(
      inCluster.filter((resource) => !waitsFor(stack, resource).has("node-files-b")).map(({ name }) => name),
      [],
    );
  });

  it("isolates the namespaces of the settings once Cilium runs, and its own pods of kube-system", async () => {
    const { stack } = await run(musashi);
    const isolations = stack.resources.filter(({ type }) => /:(Namespace|Pod)Isolation$/.test(type));
    assert.deepEqual(isolations.map(({ name }) => name).sort(), [
      "isolation-backstage",
      "isolation-cert-manager",
      "isolation-harbor",
      "isolation-miniflux",
      "isolation-n8n",
      "isolation-postgres",
      "isolation-restore-drill",
      "isolation-restore-drill-restored",
      "isolation-system-pods",
      "isolation-velero",
    ]);
    for (const isolation of isolations) {
      const children = stack.resources.filter(({ parent }) => parent === isolation.name);
      assert.ok(children.length > 1);
      for (const child of children) {
        const before = waitsFor(stack, child);
        assert.ok(before.has("cilium-cni-release") && before.has("namespaces-harbor"), child.name);
      }
    }
    const inSystem = stack
      .ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy")
      .filter(({ inputs }) => inputs["metadata"].namespace === "kube-system");
    assert.deepEqual(
      [
        ...new Set(inSystem.map(({ inputs }) => JSON.stringify(inputs["spec"].podSelector.matchLabels))),
      ].sort(),
      [
        '{"app.kubernetes.io/instance":"sealed-secrets","app.kubernetes.io/name":"sealed-secrets"}',
        '{"k8s-app":"hubble-generate-certs"}',
        '{"k8s-app":"hubble-relay"}',
      ],
    );
  });

  it("switches Cilium to audit mode with the settings, and leaves HTTP rules out there", async () => {
    const both = async (network: Record<string, unknown>) => {
      const { stack } = await run(rawSettings({ set: network }));
      const release = stack.one("kubernetes:helm.sh/v3:Release", "cilium-cni-release");
      const policies = stack.ofType("kubernetes:cilium.io/v2:CiliumNetworkPolicy");
      const http = policies.filter(({ inputs }) => JSON.stringify(inputs).includes('"http":'));
      return [release.inputs["values"].policyAuditMode, http.map(({ name }) => name)];
    };
    assert.deepEqual(await both({}), [undefined, ["isolation-harbor-nginx-cilium"]]);
    assert.deepEqual(await both({ "network.enforcement": "audit", "network.allowUnenforced": true }), [
      true,
      [],
    ]);
  });

  it("labels what is unsealed, before the controller starts, where the API server can", async () => {
    const labelled = async (kubernetesVersion: string) => {
      const { stack } = await run(rawSettings({ set: { "cluster.kubernetesVersion": kubernetesVersion } }));
      const controller = stack.one("kubernetes:helm.sh/v3:Release", "sealed-secrets-controller-release");
      return {
        policies: stack.resources.filter(({ type }) => type.endsWith(":MutatingAdmissionPolicy")).length,
        before: waitsFor(stack, controller).has("unsealed-secrets-binding"),
      };
    };
    assert.deepEqual(await labelled("v1.36.0"), { policies: 1, before: true });
    assert.deepEqual(await labelled("v1.35.9"), { policies: 0, before: false });
  });
});
