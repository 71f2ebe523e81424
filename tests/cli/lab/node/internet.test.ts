import assert from "node:assert/strict";
import { plainResolvers, type Message } from "../../../../cli/lab/node/internet/internet.js";
import { telling } from "../../../../cli/lab/node/internet/told.js";
import { standIn } from "../../../../cli/plan/providers/standIn.js";

describe("the internet of a node", () => {
  it("has resolvers with an address and a port", () => {
    assert.deepEqual(plainResolvers(["1.1.1.1:53", "9.9.9.9:5353"]), ["1.1.1.1:53", "9.9.9.9:5353"]);
    assert.throws(() => plainResolvers(["1.1.1.1:53", "https://1.1.1.1/dns-query"]), {
      name: "UserError",
      message:
        "certificates.acme.recursiveNameservers: a node of the lab has resolvers such as 1.1.1.1:53, and not " +
        "https://1.1.1.1/dns-query",
    });
  });

  it("is told the tokens, keys and buckets that stand-ins make, and of nothing else", async () => {
    const outputs = { value: "a token", key: "a secret key" };
    const create = () => ({ id: "an access key", outputs });
    const types = [
      "cloudflare:index/apiToken:ApiToken",
      "cloudflare:index/dnsRecord:DnsRecord",
      "oci:Identity/customerSecretKey:CustomerSecretKey",
      "oci:ObjectStorage/bucket:Bucket",
    ];
    const clouds = standIn("clouds", Object.fromEntries(types.map((type) => [type, { create }])));
    const messages: Message[] = [];
    const { kind } = telling(clouds, { tell: (message) => void messages.push(message) });
    for (const type of types) {
      const inputs = { namespace: "tenancy", name: "backups" };
      const created = await kind(type)!.create(inputs, { type, urn: "urn", name: "it" });
      assert.deepEqual(created.outputs, outputs);
    }
    assert.deepEqual(messages, [
      { token: "a token" },
      { key: { accessKey: "an access key", secretKey: "a secret key" } },
      { bucket: { namespace: "tenancy", name: "backups" } },
    ]);
    assert.equal(kind("cloudflare:index/zone:Zone"), undefined);
  });
});
