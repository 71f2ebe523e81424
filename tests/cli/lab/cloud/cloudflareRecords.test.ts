import assert from "node:assert/strict";
import { serveZones } from "../../../../cli/lab/cloud/cloudflare.js";
import type { ServedApi } from "../../../../cli/lab/cloud/server.js";

describe("Cloudflare's zones in the network of a node", () => {
  const name = "_acme-challenge.web.example.org";
  let server: ServedApi;
  let tokens: Set<string>;
  /** What DNS answers, by name. */
  let dns: Record<string, string[]>;
  let path: string;

  const call = async (request: string, body?: object, token = "known") => {
    const [method, where] = request.split(" ") as [string, string];
    const reply = await fetch(`${server.url}/client/v4${where}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      body: body && JSON.stringify(body),
    });
    return { status: reply.status, body: (await reply.json()) as any };
  };
  const add = (content: string) => call(`POST ${path}`, { type: "TXT", name, content, ttl: 120 });
  const contents = async (query: string) =>
    ((await call(`GET ${path}${query}`)).body.result as { content: string }[]).map(({ content }) => content);

  beforeEach(async () => {
    [tokens, dns] = [new Set(["known"]), {}];
    server = await serveZones({
      ...{ zones: ["example.org", "example.com"], tokens },
      publish: (host, texts) => {
        dns[host] = texts;
        return Promise.resolve();
      },
    });
    const { body } = await call("GET /zones?name=example.org");
    path = `/zones/${body.result[0].id}/dns_records`;
  });
  afterEach(() => server.stop());

  it("publish the texts of a name, of which there may be several, until each is deleted", async () => {
    const { body } = await add("one");
    await add("two");
    assert.deepEqual(dns, { [name]: ["one", "two"] });
    assert.deepEqual(await contents(`?per_page=100&type=TXT&name=${name}`), ["one", "two"]);
    assert.deepEqual(await contents("?name=other.example.org"), []);
    assert.deepEqual(await contents("?type=A"), []);
    assert.equal((await call(`DELETE ${path}/${body.result.id}`)).status, 200);
    assert.deepEqual(dns, { [name]: ["two"] });
    assert.equal((await call(`DELETE ${path}/${body.result.id}`)).status, 404);
  });

  it("take the tokens that are known, also one that comes later", async () => {
    assert.equal((await call(`GET ${path}`, undefined, "later")).status, 401);
    tokens.add("later");
    assert.equal((await call(`GET ${path}`, undefined, "later")).status, 200);
  });

  it("keep to their own names and records", async () => {
    const foreign = await call(`POST ${path}`, { type: "TXT", name: "example.com", content: "one" });
    assert.equal(foreign.body.errors[0].message, "example.com is not in the zone example.org");
    const address = await call(`POST ${path}`, { type: "A", name, content: "192.0.2.1" });
    assert.equal(address.status, 400);
    const { body } = await add("one");
    const other = (await call("GET /zones?name=example.com")).body.result[0].id as string;
    assert.equal((await call(`DELETE /zones/${other}/dns_records/${body.result.id}`)).status, 404);
    assert.equal((await call("GET /zones/none/dns_records")).status, 404);
  });

  it("offer nothing else of Cloudflare's API", async () => {
    assert.equal((await call("POST /user/tokens", {})).status, 400);
  });
});
