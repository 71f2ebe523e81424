import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { until } from "../../../cli/kit/until.js";
import type { Lab } from "../../../cli/lab/lab.js";
import { certificatesIn } from "../../../cli/verify/checks/certificates/x509.js";
import { kubectlOf, startNodeLab } from "./nodeLab.js";
import { demandNode } from "./world.js";

/** Renewed when a third of it is left. */
const validitySeconds = 420;

describe("certificates on a real node", () => {
  let lab: Lab;

  before(async function () {
    demandNode(this);
    lab = await startNodeLab("machine-certificates", validitySeconds);
  });
  after(() => lab?.stop({ removeFiles: true }));

  const get = async (...args: string[]): Promise<any> =>
    JSON.parse(await kubectlOf(lab)(["get", "--output=json", ...args]));
  const chainOf = async (namespace: string, secret: string): Promise<X509Certificate[]> => {
    const { data } = await get("secret", secret, "--namespace", namespace);
    return certificatesIn(Buffer.from(data["tls.crt"], "base64").toString());
  };
  /** Whether each certificate is signed by the next, and the last by the root. */
  const leadsTo = (root: X509Certificate, chain: X509Certificate[]): boolean =>
    [...chain.slice(1), root].every((next, index) => chain[index]!.verify(next.publicKey));
  const asked = () => lab.settings.certificates.certificates;
  const root = () => new X509Certificate(lab.cluster.acmeStandIn!.root);

  it("are issued by the issuers of the stack, which up waits for", async () => {
    for (const { name, namespace, secretName, issuer, dnsNames } of asked()) {
      const { status } = await get("certificate", name, "--namespace", namespace);
      const ready = status.conditions.find(({ type }: { type: string }) => type === "Ready");
      assert.equal(ready.status, "True", `${name}: ${ready.message}`);
      const chain = await chainOf(namespace, secretName);
      assert.deepEqual(
        chain[0]!.subjectAltName!.split(", ").sort(),
        dnsNames.map((host) => `DNS:${host}`).sort(),
      );
      const isAcme = issuer === "letsencrypt-prod";
      assert.equal(chain.length, isAcme ? 2 : 1, name);
      assert.ok(leadsTo(isAcme ? root() : chain[0]!, chain), `${name} is signed by ${chain[0]!.issuer}`);
    }
    const { spec, status } = await get("clusterissuer", "letsencrypt-prod");
    assert.equal(spec.acme.server, "https://acme-v02.api.letsencrypt.org/directory");
    assert.match(status.acme.uri, /^https:\/\/acme-v02\.api\.letsencrypt\.org\//);
  });

  it("include that of the internal CA, which is an output of the stack", async () => {
    const { internalCa } = (await lab.outputs()) as { internalCa: string };
    const [certificate] = certificatesIn(internalCa);
    assert.ok(certificate!.ca);
  });

  it("are renewed before they expire", async () => {
    const { namespace, secretName } = asked().find(({ issuer }) => issuer === "letsencrypt-prod")!;
    const [before] = await chainOf(namespace, secretName);
    const chain = await until(
      async () => {
        const now = await chainOf(namespace, secretName);
        return now[0]!.serialNumber !== before!.serialNumber && now;
      },
      "it is not renewed",
      { seconds: validitySeconds, pause: 2000 },
    );
    assert.ok(new Date(chain[0]!.validFrom) < new Date(before!.validTo), "the earlier one had expired");
    assert.notDeepEqual(chain[0]!.publicKey, before!.publicKey);
    assert.ok(leadsTo(root(), chain));
  });
});
