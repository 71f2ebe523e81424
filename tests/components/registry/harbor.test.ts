import assert from "node:assert/strict";
import { Harbor, type HarborArgs } from "../../../components/registry/harbor.js";
import { harborValues } from "../../../components/registry/harborValues.js";
import { capture, isSecret, type Capture } from "../../kit/capture.js";
import { generated } from "./generated.js";

const releaseType = "kubernetes:helm.sh/v3:Release";
const base: HarborArgs = {
  namespace: "harbor",
  hostname: "harbor.example.com",
  gateway: { namespace: "traefik", name: "traefik-gateway" },
};
const given = {
  adminPassword: "Given-Admin-1",
  secretKey: "given-16-letters",
  databasePassword: "given-database",
};

const harbor = (args: Partial<HarborArgs> = {}, preview = false): Promise<Capture> =>
  capture(() => new Harbor("harbor", { ...base, ...args }), { preview, outputs: generated });

const position = (run: Capture, name: string): number => run.resources.findIndex((r) => r.name === name);

describe("Harbor", () => {
  it("is one release of the pinned chart with the values of harborValues", async () => {
    const { inputs } = (await harbor()).one(releaseType);
    assert.equal(inputs["name"], "harbor");
    assert.equal(inputs["namespace"], "harbor");
    assert.equal(inputs["chart"], "harbor");
    assert.equal(inputs["version"], "1.19.1");
    assert.equal(inputs["timeout"], 900);
    assert.deepEqual(inputs["values"], harborValues(base));
  });

  it("passes on every setting", async () => {
    const settings: Partial<HarborArgs> = {
      tlsAt: "gateway",
      tlsSecretName: "other-tls",
      storageClass: "ceph",
      sizes: { trivy: "9Gi" },
      volumeAnnotations: { a: "b" },
      monitoring: { release: "prom" },
      chartVersion: "1.19.2",
    };
    const run = await harbor(settings);
    const { inputs } = run.one(releaseType);
    assert.equal(inputs["version"], "1.19.2");
    assert.deepEqual(inputs["values"], harborValues({ ...base, ...settings }));
    assert.deepEqual(run.ofType("kubernetes:gateway.networking.k8s.io/v1:BackendTLSPolicy"), []);
  });

  it("makes the Secrets before the release, and the route after it", async () => {
    const run = await harbor();
    const chart = run.one("cluster-security:addon:Addon", "harbor-chart");
    const secrets = run.ofType("kubernetes:core/v1:Secret");
    assert.equal(secrets.length, 9);
    for (const { name } of secrets) {
      assert.ok(chart.dependencies.includes(name), name);
      assert.ok(position(run, name) < position(run, "harbor-chart-release"), name);
    }
    const route = run.one("cluster-security:registry:HarborRoute");
    assert.deepEqual(route.dependencies, ["harbor-chart-release"]);
    assert.ok(position(run, "harbor-chart-release") < position(run, "harbor-route-http"));
  });

  for (const [name, args] of [
    ["generated", {}],
    ["given", given],
  ] as const) {
    it(`sends no credential but in Secrets, as a secret: ${name}`, async () => {
      const run = await harbor(args);
      const credentials = [...Object.values(args), ...drawn(run)];
      assert.ok(credentials.length >= 9);
      for (const resource of run.resources) {
        for (const [input, value] of Object.entries(resource.inputs)) {
          const text = JSON.stringify(value) ?? "";
          if (credentials.some((credential) => text.includes(credential))) {
            assert.ok(resource.isSecret(input), `${resource.name}.${input}`);
            assert.notEqual(resource.type, releaseType);
          }
        }
      }
    });
  }

  it("has the address and the first password of admin as outputs, the password as a secret", async () => {
    let component: Harbor | undefined;
    const run = await capture(() => (component = new Harbor("harbor", { ...base, ...given })));
    assert.deepEqual(run.one("cluster-security:registry:Harbor").outputs, {
      adminPassword: "Given-Admin-1",
      url: "https://harbor.example.com",
    });
    assert.ok(await isSecret(component!.adminPassword));
    assert.ok(!(await isSecret(component!.url)));
  });

  it("is the parent of its parts", async () => {
    const run = await harbor();
    const parts = run.resources.filter((r) => r.parent === "harbor").map((r) => r.name);
    assert.deepEqual(parts.sort(), ["harbor-chart", "harbor-credentials", "harbor-route"]);
  });

  it("registers the same resources with known and unknown values", async () => {
    for (const args of [{}, given, { tlsAt: "gateway" as const }, { backendCa: "PEM" }]) {
      assert.deepEqual((await harbor(args, true)).shape(), (await harbor(args)).shape());
    }
  });
});

/** What the generating resources of a run gave out. */
function drawn(run: Capture): string[] {
  return run.resources.flatMap(({ type, name }) =>
    Object.entries(generated(type, name)).flatMap(([output, value]) => (output === "certPem" ? [] : [value])),
  );
}
