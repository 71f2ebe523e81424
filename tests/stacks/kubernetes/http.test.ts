import assert from "node:assert/strict";
import { Agent, createServer } from "node:http";
import { createServer as createPlainServer, type LookupFunction, type Server, type Socket } from "node:net";
import { listen } from "../../../cli/kit/listen.js";
import { send } from "../../../stacks/kubernetes/http.js";

describe("a request", function () {
  this.timeout(30_000);
  let server: Server;
  let agent: Agent;
  beforeEach(() => (agent = new Agent({ keepAlive: true, maxSockets: 1 })));
  afterEach(() => {
    agent.destroy();
    server.close();
  });

  for (const method of ["DELETE", "GET", "POST"]) {
    it(`says how long its body is: ${method}`, async () => {
      const connections = new Set<Socket>();
      server = createServer((request, response) => {
        connections.add(request.socket);
        let body = "";
        request.on("data", (part: Buffer) => (body += part.toString()));
        request.on("end", () => response.end([request.method, request.headers["x-a"], body].join(" ")));
      });
      const url = new URL(`http://127.0.0.1:${await listen(server)}/`);
      for (const body of ["one", "zwölf"]) {
        const answer = await send(url, { method, body, agent, headers: { "X-A": "b" } });
        assert.deepEqual([answer.status, answer.body], [200, `${method} b ${body}`]);
      }
      assert.equal(connections.size, 1);
    });
  }

  /** Answers the first request on a connection, and closes it at the second one. */
  const forgetful = () => {
    const connections = { count: 0 };
    server = createPlainServer((socket) => {
      connections.count++;
      let requests = 0;
      socket.on("error", () => {});
      socket.on("data", () => {
        if (++requests > 1) socket.resetAndDestroy();
        else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      });
    });
    return connections;
  };

  it("is sent once more when the server closes a connection that was kept", async () => {
    const connections = forgetful();
    const url = new URL(`http://127.0.0.1:${await listen(server)}/`);
    for (const expected of [1, 2, 3]) {
      assert.equal((await send(url, { agent })).body, "ok");
      assert.equal(connections.count, expected);
    }
  });

  it("is not sent again if it may have changed something", async () => {
    const connections = forgetful();
    const url = new URL(`http://127.0.0.1:${await listen(server)}/`);
    await send(url, { agent, method: "PATCH", body: "a" });
    await assert.rejects(send(url, { agent, method: "PATCH", body: "a" }), { code: "ECONNRESET" });
    assert.equal(connections.count, 1);
  });

  it("is sent once more when a connection that was kept has gone silent", async () => {
    let connections = 0;
    server = createPlainServer((socket) => {
      connections++;
      socket.on("error", () => {});
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    });
    const url = new URL(`http://127.0.0.1:${await listen(server)}/`);
    await send(url, { agent });
    assert.equal((await send(url, { agent, seconds: 2 })).body, "ok");
    assert.equal(connections, 2);
    await assert.rejects(send(url, { agent, method: "POST", body: "a", seconds: 0.5 }), {
      code: "ETIMEDOUT",
    });
  });

  it("is answered by a server that goes on in another protocol", async () => {
    server = createPlainServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () =>
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: a\r\n\r\nmore"),
      );
    });
    const url = new URL(`http://127.0.0.1:${await listen(server)}/`);
    const { status, headers, body } = await send(url, { agent });
    assert.deepEqual([status, headers.upgrade, body], [101, "a", ""]);
  });

  it("ends when the answer never does", async () => {
    let trickle: NodeJS.Timeout | undefined;
    server = createPlainServer((socket) => {
      socket.on("error", () => {}).on("close", () => clearInterval(trickle));
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        trickle = setInterval(() => socket.write("a"), 10);
      });
    });
    const url = new URL(`http://127.0.0.1:${await listen(server)}/`);
    await assert.rejects(send(url, { agent, wholeSeconds: 0.3 }), {
      code: "ETIMEDOUT",
      message: "no whole answer within 0.3 s",
    });
  });

  it("fails when the server closes a new connection", async () => {
    let connections = 0;
    server = createPlainServer((socket) => {
      connections++;
      socket.on("error", () => {}).on("data", () => socket.resetAndDestroy());
    });
    const url = new URL(`http://127.0.0.1:${await listen(server)}/`);
    await assert.rejects(send(url, { agent }), { code: "ECONNRESET" });
    assert.equal(connections, 1);
  });

  it("fails with the reason of the first address where no address of a name takes a connection", async () => {
    const lookup: LookupFunction = (_, __, callback) =>
      callback(null, [
        { address: "127.0.0.1", family: 4 },
        { address: "127.0.0.2", family: 4 },
      ]);
    await assert.rejects(send(new URL("http://name.example:1/"), { lookup }), {
      code: "ECONNREFUSED",
      message: "connect ECONNREFUSED 127.0.0.1:1",
    });
  });
});
