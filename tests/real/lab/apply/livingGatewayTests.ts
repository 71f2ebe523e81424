import assert from "node:assert/strict";
import { gatewayProblem } from "../../../../stacks/livingGateway.js";
import { parseSettings } from "../../../../stacks/settings/index.js";
import { rawSettings } from "../../../stacks/settings/fixtures.js";
import { runProgram, type LivingLab } from "./livingLab.js";

const settingsOf = (set: Record<string, unknown>) => parseSettings(rawSettings({ set }), "home").settings;
const kind = { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway" };

/** The Gateway of a cluster. */
export function gatewayTests(lab: LivingLab): void {
  before(() => lab.cluster.kubectl(["create", "namespace", "traefik"]));

  const problemOf = (set: Record<string, unknown> = {}) =>
    gatewayProblem(settingsOf(set), { kubeconfig: lab.kubeconfig });

  it("may come later", async () => assert.equal(await problemOf(), undefined));

  it("without a listener for Harbor stops the program before anything is registered, with the mend", async () => {
    await lab.cluster.definitions.ensure({ ...kind, namespaced: true });
    assert.equal(await problemOf(), undefined, "the kind is served, and there is no Gateway");
    const certificateRefs = [{ name: "certificate" }];
    const listeners = [
      { name: "web", protocol: "HTTP", port: 8000 },
      { name: "websecure", protocol: "HTTPS", port: 8443, tls: { certificateRefs } },
    ];
    await lab.cluster.api.create(
      {
        ...kind,
        metadata: { name: "traefik-gateway", namespace: "traefik" },
        spec: { gatewayClassName: "traefik", listeners },
      },
      "test",
    );
    const mend =
      "nothing was changed.\n  it has web (HTTP, port 8000), websecure (HTTPS, port 8443)\n  set gateway.listener: websecure";
    const problem = `gateway: the Gateway traefik/traefik-gateway has no listener on port 443, which Harbor's route attaches to; ${mend}`;
    assert.equal(await problemOf(), problem);
    assert.equal(
      await problemOf({ "gateway.listener": "https" }),
      `gateway: the Gateway traefik/traefik-gateway has no listener https, which Harbor's route attaches to; ${mend}`,
    );
    const said = await runProgram({}, { KUBECONFIG: lab.kubeconfig });
    assert.ok(said.includes(problem), said);
    assert.doesNotMatch(said, /node_modules\/@pulumi\/pulumi\/runtime\//, "the program registers nothing");
  });

  it("whose listener for HTTP is Harbor's redirects no more than once", async () => {
    const set = { "gateway.listener": "web", "gateway.httpPort": 8000 };
    assert.equal(
      await problemOf(set),
      `gateway.listener: web of traefik/traefik-gateway is on port 8000, which redirects to HTTPS for ever; nothing was changed.
  name the listener for HTTPS; where TLS ends in front of the Gateway, set gateway.redirectHttp: false`,
    );
    assert.equal(await problemOf({ ...set, "gateway.redirectHttp": false }), undefined);
  });

  for (const set of [
    { "gateway.listener": "websecure" },
    { "gateway.httpsPort": 8443 },
    { "registry.enabled": false },
  ]) {
    it(`is taken with ${JSON.stringify(set)}`, async () => assert.equal(await problemOf(set), undefined));
  }

  it("of an API server that does not answer is not known", async () => {
    await assert.rejects(
      gatewayProblem(settingsOf({}), { kubeconfig: "/nowhere/kubeconfig" }),
      /^Error: Whether the Gateway has a listener for Harbor is not known: /,
    );
  });
}
