import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { harborStandIn } from "../../../../cli/lab/node/neighbours/harborStandIn.js";
import { traefikManifests } from "../../../../cli/lab/node/neighbours/traefik.js";
import { readSettings } from "../../../../cli/kit/settings.js";
import type { Settings } from "../../../../stacks/settings/index.js";

const { settings } = await readSettings("lab");

const objects = (yaml: string): any[] => parseAllDocuments(yaml).map((document) => document.toJSON());
const gatewayOf = (of: Settings) => objects(traefikManifests(of)).find(({ kind }) => kind === "Gateway");
const withCertificates = (certificates: Settings["certificates"]["certificates"]): Settings => ({
  ...settings,
  certificates: { ...settings.certificates, certificates },
});

describe("Traefik on a node", () => {
  it("has the Gateway of the settings, with listeners on their ports", () => {
    const gateway = {
      ...settings.gateway,
      namespace: "edge",
      name: "front",
      listener: "tls",
      httpsPort: 8443,
    };
    const { metadata, spec } = gatewayOf({ ...settings, gateway });
    assert.deepEqual(metadata, { name: "front", namespace: "edge" });
    assert.deepEqual(
      spec.listeners.map(({ name, port, protocol }: Record<string, unknown>) => [name, port, protocol]),
      // No certificate of the settings is in that namespace.
      [["web", 80, "HTTP"]],
    );
    const certificates = settings.certificates.certificates.map((one) => ({ ...one, namespace: "edge" }));
    const [, https] = gatewayOf({ ...withCertificates(certificates), gateway }).spec.listeners;
    assert.deepEqual([https.name, https.port, https.protocol], ["tls", 8443, "HTTPS"]);
  });

  it("shows the certificate of Let's Encrypt for Harbor's name, else another one for it", () => {
    const secretOf = (of: Settings): string | undefined =>
      gatewayOf(of).spec.listeners[1]?.tls.certificateRefs[0].name;
    assert.equal(secretOf(settings), "traefik-letsencrypt-tls");
    const all = settings.certificates.certificates;
    assert.equal(
      secretOf(withCertificates(all.filter(({ issuer }) => issuer !== "letsencrypt-prod"))),
      "traefik-tls-cert",
    );
    assert.equal(
      secretOf(withCertificates(all.map((one) => ({ ...one, dnsNames: ["a.example.com"] })))),
      undefined,
    );
  });
});

describe("what stands in for Harbor on a node", () => {
  it("is there where Harbor's own server ends TLS, by its names", () => {
    const [configuration, deployment, service] = objects(harborStandIn(settings)!);
    assert.equal(configuration.kind, "ConfigMap");
    const { volumes } = deployment.spec.template.spec;
    assert.equal(volumes[0].projected.sources[1].secret.name, "harbor-tls-secret");
    assert.equal(service.metadata.name, "harbor");
    assert.deepEqual(service.spec.ports, [{ name: "https", port: 443, targetPort: 8443 }]);
  });

  it("is not there without Harbor, nor where the Gateway ends TLS", () => {
    for (const change of [{ enabled: false }, { tlsAt: "gateway" as const }])
      assert.equal(harborStandIn({ ...settings, registry: { ...settings.registry, ...change } }), undefined);
  });
});
