import assert from "node:assert/strict";
import { plainResolvers } from "../../../../cli/lab/node/internet/internet.js";
import { telling } from "../../../../cli/lab/node/nodeCluster.js";
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

  it("is told the tokens that Cloudflare makes, and of nothing else", async () => {
    const create = (_: object, { type }: { type: string }) => ({ id: "1", outputs: { value: `of ${type}` } });
    const types = ["cloudflare:index/apiToken:ApiToken", "cloudflare:index/dnsRecord:DnsRecord"];
    const cloudflare = standIn("cloudflare", Object.fromEntries(types.map((type) => [type, { create }])));
    const accepted: string[] = [];
    const { kind } = telling(cloudflare, { accept: (token) => void accepted.push(token) });
    for (const type of types) {
      const created = await kind(type)!.create({}, { type, urn: "urn", name: "it" });
      assert.deepEqual(created.outputs, { value: `of ${type}` });
    }
    assert.deepEqual(accepted, [`of ${types[0]}`]);
    assert.equal(kind("cloudflare:index/zone:Zone"), undefined);
  });
});
