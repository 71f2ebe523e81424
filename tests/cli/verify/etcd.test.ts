import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "../../../cli/kit/listen.js";
import { Etcd } from "../../../cli/verify/cluster/etcd.js";
import { NodeFileSystem } from "../../../cli/verify/cluster/node.js";
import { hurried } from "./hurry.js";
import { selfSignedPair } from "./pairs/selfSigned.js";

describe("etcd", () => {
  let folder: string;
  let server: Server;
  let pair: { cert: string; key: string };
  before(async () => (pair = await selfSignedPair()));
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "etcd-"))));
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** One that breaks off so many connections before it answers. */
  async function start(broken: number, options: ServerOptions = {}): Promise<Etcd> {
    let connections = 0;
    server = createServer({ ...pair, ca: pair.cert, ...options }, (_, response) => void response.end("{}"));
    server.on("connection", (socket: Socket) => {
      if (connections++ < broken) socket.resetAndDestroy();
    });
    const port = await listen(server);
    writeFileSync(join(folder, "etcd.crt"), pair.cert);
    writeFileSync(join(folder, "etcd.key"), pair.key);
    const flags = {
      "etcd-servers": `https://127.0.0.1:${port}`,
      "etcd-cafile": "/etcd.crt",
      "etcd-certfile": "/etcd.crt",
      "etcd-keyfile": "/etcd.key",
    };
    return new Etcd(new NodeFileSystem(folder), flags);
  }
  const closed = { requestCert: true, rejectUnauthorized: true };

  it("is asked again when the connection breaks", async () => {
    assert.equal(await (await start(2)).get("/"), undefined);
    server.close();
    assert.equal(await (await start(2, closed)).answersStrangers(), false);
  });

  it("that is gone is an error that says so", async () => {
    const etcd = await start(Infinity);
    await assert.rejects(
      hurried(() => etcd.get("/")),
      /^Error: etcd at 127\.0\.0\.1:\d+ does not answer: /,
    );
  });

  it("answers strangers, or refuses them", async () => {
    assert.equal(await (await start(0)).answersStrangers(), true);
    server.close();
    assert.equal(await (await start(0, closed)).answersStrangers(), false);
  });

  it("has not refused strangers when the connection only breaks", async () => {
    const etcd = await start(Infinity, closed);
    await assert.rejects(
      hurried(() => etcd.answersStrangers()),
      /^Error: etcd at 127\.0\.0\.1:\d+ was asked without a certificate, but /,
    );
  });
});
