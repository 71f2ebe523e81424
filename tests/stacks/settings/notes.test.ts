import assert from "node:assert/strict";
import "reflect-metadata";
import { X509CertificateGenerator } from "@peculiar/x509";
import { registryHostsReadOn } from "../../../components/network/isolation/registryHosts.js";
import { datedNotes, parseSettings } from "../../../stacks/settings/index.js";
import { rawSettings } from "./fixtures.js";

describe("notes on settings", () => {
  it("notes passwords that anybody knows, without repeating them", () => {
    const set = {
      "registry.secretKey": "not-a-secure-key",
      "backups.velero.repositoryPassword": "static-passw0rd",
    };
    const { notes } = parseSettings(rawSettings({ set }), "test", { secrets: "decrypted" });
    assert.deepEqual(notes, [
      "registry.secretKey is the password that Harbor's chart publishes; anybody knows it.",
      "backups.velero.repositoryPassword is the password that Velero publishes; anybody knows it.",
    ]);
  });

  it("notes that applications bring anything on a cluster that exists, until the settings say what", () => {
    const noted = (mayBring: object) => {
      const set = { "cluster.existing": true, "access.argocd": { enabled: true, ...mayBring } };
      return parseSettings(rawSettings({ set }), "test").notes.filter((note) => note.includes("mayBring"));
    };
    assert.deepEqual(noted({}), [
      "access.argocd.mayBring is not set, and the cluster exists: what is in project default brings any kind into its namespace, NetworkPolicies and RoleBindings among them. Set it to the kinds that are synced in addition to workloads, or to [] (docs/reference/access.md).",
    ]);
    assert.deepEqual(noted({ mayBring: [] }), []);
  });

  it("notes what has expired or soon will, on the day that it is told", () => {
    const { settings } = parseSettings(rawSettings({}), "test");
    const on = (date: string) => datedNotes(settings, new Date(date));
    assert.deepEqual(on("2027-05-30T00:00:00Z"), []);
    assert.deepEqual(on("2027-06-20T12:00:00Z"), [
      "certificates.token.expiresOn: expires on 2027-06-30, in 9 days; cert-manager renews nothing without it. Move the date and raise serial.",
    ]);
    assert.match(on("2027-07-02T00:00:00Z").at(-1)!, /: expired on 2027-06-30, 2 days ago;/);
  });

  it("notes a sealing certificate that has expired", async () => {
    const certificate = await certificateUntil("2020-01-31T00:00:00Z");
    const privateKey = { secure: "v1:aaaa" };
    const set = { "secrets.sealingKeys": [{ name: "first", certificate, privateKey }] };
    const { settings } = parseSettings(rawSettings({ set }), "test");
    assert.deepEqual(datedNotes(settings, new Date("2026-01-01T00:00:00Z")), [
      "secrets.sealingKeys[0].certificate: expired on 2020-01-31, 2162 days ago; it is the one that seals, and kubeseal refuses it then. Append a new key pair.",
    ]);
  });

  it("notes that the hosts of registries were read long ago", () => {
    const { settings } = parseSettings(
      rawSettings({ set: { "certificates.token.expiresOn": "2040-01-01T00:00:00Z" } }),
      "test",
    );
    const day = (days: number) => new Date(new Date(registryHostsReadOn).getTime() + days * 86_400_000);
    assert.deepEqual(datedNotes(settings, day(365)), []);
    assert.match(datedNotes(settings, day(366))[0]!, /^the hosts of public registries were read /);
  });
});

/** A self-signed certificate in PEM form that ends at a time. */
async function certificateUntil(end: string): Promise<string> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const notAfter = new Date(end);
  const notBefore = new Date(notAfter.getTime() - 86_400_000);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: "CN=sealed-secret",
    keys,
    notBefore,
    notAfter,
  });
  return made.toString("pem");
}
