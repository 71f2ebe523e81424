import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { Publisher } from "./publisher.js";
import { folderOfSuite } from "../../../kit/folder.js";
import { selfSignedPair } from "../../../kit/selfSigned.js";

describe("a download over HTTPS", function () {
  this.timeout(60_000);

  const folder = folderOfSuite();
  let server: Server;
  let plain: Publisher;
  before(async () => {
    const { key, cert } = await selfSignedPair("localhost");
    writeFileSync(folder("ca.pem"), cert);
    plain = await Publisher.start();
    plain.publish("https://demo", "changed on the way");
    server = createServer({ key, cert }, (request, response) => {
      const locations: Record<string, string> = {
        "/plain": `${plain.mirror}/demo`,
        "/moved": "/demo",
        "/round": "/round",
      };
      const location = locations[request.url!];
      if (location) response.writeHead(302, { location }).end();
      else response.end("as it was published");
    });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    plain.stop();
  });

  /** Downloads in a process that trusts the server; returns what went wrong, or an empty text. */
  async function download(path: string): Promise<string> {
    const module = new URL("../../../../cli/kit/toolchain/download.ts", import.meta.url).href;
    const url = `https://localhost:${(server.address() as AddressInfo).port}${path}`;
    const script = `import { download } from ${JSON.stringify(module)};
      const file = ${JSON.stringify(folder("file"))};
      await download(${JSON.stringify(url)}, file, {}).catch((error) => console.log(error.message));`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      env: { PATH: process.env["PATH"], NODE_EXTRA_CA_CERTS: folder("ca.pem") },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    await once(child, "close");
    return said;
  }

  it("follows a redirect to HTTPS", async () => {
    assert.equal(await download("/moved"), "");
    assert.equal(readFileSync(folder("file"), "utf8"), "as it was published");
  });

  it("gives up redirects without an end", async () => {
    assert.match(await download("/round"), /\/round: more than 10 redirects\n$/);
  });

  it("refuses a redirect to HTTP, and asks nobody there", async () => {
    rmSync(folder("file"), { force: true });
    assert.match(
      await download("/plain"),
      /^https:\/\/localhost:\d+\/plain: refused, because it redirects to http:\/\/127\.0\.0\.1:\d+, which is not HTTPS\n$/,
    );
    assert.deepEqual(plain.asked, []);
    assert(!existsSync(folder("file")) || readFileSync(folder("file"), "utf8") === "");
  });
});
