import assert from "node:assert/strict";
import { gatewayFinding } from "../../../../stacks/livingGateway.js";
import { parseSettings } from "../../../../stacks/settings/index.js";
import { rawSettings } from "../../../stacks/settings/fixtures.js";
import { runProgram, type LivingLab } from "./livingLab.js";

const settingsOf = (set: Record<string, unknown>) => parseSettings(rawSettings({ set }), "home").settings;
const kind = { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway" };

/** The Gateway of a cluster. */
export function gatewayTests(lab: LivingLab): void {
  before(() => lab.cluster.kubectl(["create", "namespace", "traefik"]));

  const findingOf = (set: Record<string, unknown> = {}) =>
    gatewayFinding(settingsOf(set), { kubeconfig: lab.kubeconfig });
  const problemOf = async (set: Record<string, unknown> = {}) => (await findingOf(set)).problem;
  const gatewayOf = (name: string, namespace: string, listeners: object[]) =>
    lab.cluster.api.create(
      { ...kind, metadata: { name, namespace }, spec: { gatewayClassName: "traefik", listeners } },
      "test",
    );
  const ran = () => runProgram({}, { KUBECONFIG: lab.kubeconfig });
  const later =
    "gateway: the cluster has no Gateway yet. Hosts are out of reach until there is a Gateway traefik/traefik-gateway; if it will have another name, set gateway.namespace and gateway.name.";

  it("may come later, with a note, where the cluster does not know the kind", async () => {
    assert.deepEqual(await findingOf(), { note: later });
    const said = await ran();
    assert.ok(said.includes(later), said);
    assert.match(said, /node_modules\/@pulumi\/pulumi\/runtime\//, "the program goes on");
  });

  it("may come later, with a note, where there is none of any name", async () => {
    await lab.cluster.definitions.ensure({ ...kind, namespaced: true });
    assert.deepEqual(await findingOf(), { note: later });
    assert.deepEqual(await findingOf({ "registry.enabled": false }), {}, "nothing attaches to it");
  });

  it("that is not there stops the program if there are others, which it names", async () => {
    const listeners = [{ name: "web", protocol: "HTTP", port: 80 }];
    await lab.cluster.kubectl(["create", "namespace", "treafik"]);
    await gatewayOf("traefik-gateway", "treafik", listeners);
    await gatewayOf("inner", "default", listeners);
    const has = (meant: string) =>
      `nothing was changed${meant}\n  it has default/inner, treafik/traefik-gateway\n  set gateway.namespace and gateway.name to one of them, or create the Gateway first`;
    const problem = `gateway: the cluster has no Gateway traefik/traefik-gateway; ${has("; did you mean treafik/traefik-gateway?")}`;
    assert.deepEqual(await findingOf(), { problem });
    assert.equal(
      await problemOf({ "gateway.namespace": "edge", "gateway.name": "outer" }),
      `gateway: the cluster has no Gateway edge/outer; ${has("")}`,
    );
    assert.equal(
      await problemOf({ "gateway.namespace": "edge-proxies", "gateway.name": "inner" }),
      `gateway: the cluster has no Gateway edge-proxies/inner; ${has("; did you mean default/inner?")}`,
    );
    // Hosts belong to namespaces by the Gateway's name, Harbor or not.
    const hosts = [{ name: "shop.example.com", namespace: "shop" }];
    assert.equal(await problemOf({ "registry.enabled": false, "gateway.hosts": hosts }), problem);
    const said = await ran();
    assert.ok(said.includes(problem), said);
    assert.doesNotMatch(said, /node_modules\/@pulumi\/pulumi\/runtime\//, "the program registers nothing");
  });

  it("without a listener for Harbor stops the program before anything is registered, with the mend", async () => {
    const certificateRefs = [{ name: "certificate" }];
    const listeners = [
      { name: "web", protocol: "HTTP", port: 8000 },
      { name: "websecure", protocol: "HTTPS", port: 8443, tls: { certificateRefs } },
    ];
    await gatewayOf("traefik-gateway", "traefik", listeners);
    const mend =
      "nothing was changed.\n  it has web (HTTP, port 8000), websecure (HTTPS, port 8443)\n  set gateway.listener: websecure";
    const problem = `gateway: the Gateway traefik/traefik-gateway has no listener on port 443, which Harbor's route attaches to; ${mend}`;
    assert.equal(await problemOf(), problem);
    assert.equal(
      await problemOf({ "gateway.listener": "https" }),
      `gateway: the Gateway traefik/traefik-gateway has no listener https, which Harbor's route attaches to; ${mend}`,
    );
    const said = await ran();
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
      gatewayFinding(settingsOf({}), { kubeconfig: "/nowhere/kubeconfig" }),
      /^Error: Which Gateways the cluster has is not known: /,
    );
  });
}
