import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createServer, type Server } from "node:https";
import { listen } from "../../../cli/kit/http.js";
import { web } from "../../../cli/verify/cluster/web.js";
import { selfSignedPair } from "./pairs/selfSigned.js";

describe("a server on the web whose certificate nobody trusts", () => {
  let server: Server;
  let url: string;
  const requests: (string | undefined)[] = [];

  before(async () => {
    server = createServer(await selfSignedPair(), ({ headers }, response) => {
      requests.push(headers.authorization);
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

  it("gets no token", async () => {
    await assert.rejects(web(url, { token: "needle" }), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    assert.deepEqual(requests, []);
  });
});
