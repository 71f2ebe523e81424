import assert from "node:assert/strict";
import { createServer, type Server } from "node:tls";
import { listen } from "../../../cli/kit/listen.js";
import { fakeTarget, findingOf } from "./fakeTarget.js";
import { find } from "./accessClaims.js";
import { hurried } from "./hurry.js";
import { answering, health } from "./pairs/unauthorizedAccess.js";

describe("anonymous requests", () => {
  const claim = "Anonymous requests";

  for (const refusal of [401, 403]) {
    it(`are refused with ${refusal} but for health`, async () => {
      const finding = await find(
        claim,
        answering((path) => (health.includes(path) ? 200 : refusal)),
      );
      assert.equal(finding.status, "proved", finding.evidence);
    });
  }

  it("are answered as kubeadm has it by default", async () => {
    const open = [...health, "/version", "/api/v1/namespaces/kube-public/configmaps/cluster-info"];
    assert.deepEqual(
      await find(
        claim,
        answering((path) => (open.includes(path) ? 200 : 403)),
      ),
      {
        status: "failed",
        evidence:
          "answered anonymously: /version 200; " +
          "answered anonymously: /api/v1/namespaces/kube-public/configmaps/cluster-info 200",
      },
    );
  });

  it("are refused for health too", async () => {
    const finding = await find(
      claim,
      answering(() => 401),
    );
    assert.equal(finding.status, "failed");
    assert.match(finding.evidence, /^health is not to be had: \/livez 401; /);
  });
});

describe("old versions of TLS", () => {
  const claim = "TLS below 1.2 is refused";

  it("cannot be tried where the kubeconfig leads to a proxy", async () => {
    const target = fakeTarget({});
    target.api.server = new URL("http://127.0.0.1:8001");
    const finding = await findingOf("Unauthorized cluster access", claim, target);
    assert.equal(finding.status, "unchecked");
  });

  it("are not refused by what does not speak TLS at all", async () => {
    const target = fakeTarget({});
    target.api.server = new URL("https://127.0.0.1:1");
    await assert.rejects(
      hurried(() => findingOf("Unauthorized cluster access", claim, target)),
      /^Error: TLSv1 was tried, but connect ECONNREFUSED/,
    );
  });

  it("are not refused by a server that fails for another reason", async () => {
    // Without a certificate it ends every handshake with another alert.
    const server: Server = createServer({ minVersion: "TLSv1", ciphers: "DEFAULT:@SECLEVEL=0" });
    const port = await listen(server);
    try {
      const target = fakeTarget({});
      target.api.server = new URL(`https://127.0.0.1:${port}`);
      await assert.rejects(
        findingOf("Unauthorized cluster access", claim, target),
        /^Error: TLSv1 was tried, but /,
      );
    } finally {
      server.close();
    }
  });
});
