import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { TLSSocket } from "node:tls";
import { listen } from "../../../cli/kit/listen.js";
import { web, webThrough } from "../../../cli/verify/cluster/web.js";
import { selfSignedPair } from "./pairs/selfSigned.js";

describe("a server on the web whose certificate nobody trusts", () => {
  let server: Server;
  let url: string;
  /** Names of the last request: that of HTTP, and that of TLS. */
  let asked: unknown[];
  const requests: (string | undefined)[] = [];

  before(async () => {
    server = createServer(await selfSignedPair(), ({ headers, socket }, response) => {
      requests.push(headers.authorization);
      asked = [headers.host, (socket as TLSSocket & { servername?: string }).servername];
      response.end("Pong");
    });
    url = `https://127.0.0.1:${await listen(server)}/`;
  });
  after(() => server.close());
  beforeEach(() => (requests.length = 0));

  it("answers, and the answer says so", async () => {
    const chain = [new X509Certificate((await selfSignedPair()).cert).raw];
    const distrust = "DEPTH_ZERO_SELF_SIGNED_CERT";
    assert.deepEqual(await web(url), { status: 200, body: "Pong", distrust, chain });
    assert.deepEqual(requests, [undefined]);
  });

  it("is asked by a name at an address that DNS does not have for it", async () => {
    const named = url.replace("127.0.0.1", "shop.invalid");
    const { status } = await web(named, { address: "127.0.0.1" });
    assert.equal(status, 200);
    assert.deepEqual(asked, [new URL(named).host, "shop.invalid"]);
  });

  it("is asked at one port of this machine for all names of a zone, and for no others", async () => {
    const through = webThrough("shop.invalid", Number(new URL(url).port));
    for (const name of ["shop.invalid", "www.shop.invalid"]) {
      const { status } = await through(`https://${name}/`, { address: "192.0.2.10" });
      assert.deepEqual([status, asked[1]], [200, name]);
    }
    await assert.rejects(through("https://workshop.invalid/"), { code: "ENOTFOUND" });
  });

  it("gets no token", async () => {
    await assert.rejects(web(url, { token: "needle" }), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    assert.deepEqual(requests, []);
  });
});
