import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../../../cli/kit/until.js";
import { list } from "../../../../cli/verify/cluster/objects.js";
import type { Outcome } from "../../../../cli/verify/run.js";
import { scratchPrefix } from "../../../../cli/verify/cluster/scratch.js";
import { readSettings } from "../../../../cli/kit/settings.js";
import { program, runCommand } from "../../../kit/runCommand.js";
import { BackgroundCommand } from "../../../kit/startedCommand.js";
import { Terminal } from "../../../kit/terminal.js";
import { Lab, nodeFilesOf } from "./lab.js";

const { settings } = await readSettings("lab");

describe("npm run verify", function () {
  let lab: Lab;
  let options: string[];
  before(async () => {
    lab = await Lab.of("command");
    await lab.apply(await nodeFilesOf(settings));
    const { kubeconfig, node } = lab.plane.paths;
    options = ["--stack", "lab", "--kubeconfig", kubeconfig, "--node-root", node];
    options.push("--etcd-endpoint", `https://127.0.0.1:${lab.plane.ports.etcdClient}`);
  });
  after(() => lab.stop());

  const scratchNamespaces = async () => {
    const { api } = await lab.target(settings);
    const all = (await list(api, "/api/v1/namespaces"))!;
    return all.filter(({ metadata }) => metadata.name.startsWith(scratchPrefix));
  };

  it("ends with 1 for claims that failed, and tells machines which", async () => {
    const recorded = ["sealed-secrets", "cert-manager", "harbor", "cilium", "velero", "alloy"].join(",");
    const { status, stdout, stderr } = await runCommand([
      "verify",
      ...options,
      "--json",
      "--recorded",
      recorded,
    ]);
    assert.deepEqual([status, stderr], [1, ""]);
    const { notes, claims: outcomes } = JSON.parse(stdout) as { notes: string[]; claims: Outcome[] };
    assert.match(notes.join("\n"), /^controlPlane\.encryption\.identityFallback is on: /m);
    for (const outcome of outcomes) {
      assert.deepEqual(Object.keys(outcome), ["concern", "claim", "status", "evidence"]);
      assert.ok(outcome.evidence.length > 0, outcome.claim);
    }
    const statuses = (concern: string) =>
      outcomes.filter((outcome) => outcome.concern === concern).map(({ status }) => status);
    assert.deepEqual(statuses("API activity visibility"), [
      ...Array(7).fill("proved"),
      ...Array(3).fill("unchecked"),
    ]);
    assert.deepEqual(statuses("Secrets at rest"), Array(6).fill("proved"));
    const failed = new Map(
      outcomes.filter(({ status }) => status === "failed").map(({ claim, evidence }) => [claim, evidence]),
    );
    const certificates =
      "there is no Certificate harbor/harbor-tls; there is no Certificate traefik/traefik-gateway-cert; " +
      "there is no Certificate traefik/traefik-letsencrypt-cert";
    const lacking = {
      "Harbor is accessed at its public name via an HTTPRoute of the Gateway":
        "the cluster knows no HTTPRoutes: the Gateway API is not installed",
      "The Cloudflare token is where the issuer looks for it":
        "there is no Secret cert-manager/cloudflare-api-token",
      "Each certificate is asked for with its names, from its issuer": certificates,
      "Each certificate is Ready, with its names and in time": certificates,
      "Certificates are renewed before expiry, without anybody doing anything":
        "none of the certificates is there",
      "Alerts go to Telegram and Gmail": "there is no AlertmanagerConfig monitoring/homelab-alerts",
    };
    for (const [claim, evidence] of Object.entries(lacking)) assert.equal(failed.get(claim), evidence, claim);
    assert.deepEqual(await scratchNamespaces(), []);
  });

  it("prints the page's table, without colours where nobody sees them", async () => {
    const { status, stdout, stderr } = await runCommand(["verify", ...options]);
    assert.equal(status, 1);
    assert.match(stderr, /^note: controlPlane\.encryption\.identityFallback is on: /m);
    assert.match(
      stdout,
      /^Concern +Mitigation +Claims\n\nSecrets in Git +Sealed Secrets \(asymmetric encryption\) /,
    );
    assert.match(
      stdout,
      /\n {2}proved {5}A Secret is encrypted before it is written to etcd\n {15}\/registry\/secrets\//,
    );
    assert.match(stdout, /\n\d+ claims: \d+ proved, \d+ failed, \d+ unchecked\n$/);
    assert.equal(stdout.includes("\u001b"), false);
  });

  for (const variable of ["NO_COLOR=1", "TERM=dumb"]) {
    it(`prints no escape sequence on a terminal with ${variable}`, async () => {
      const terminal = new Terminal([variable, "node", program, "verify", ...options].join(" "));
      assert.equal(await terminal.end, 1, terminal.output);
      assert.match(terminal.output, /\n {2}proved {5}A Secret is encrypted before it is written to etcd\n/);
      assert.equal(terminal.hasEscapes, false);
    });
  }

  it("leaves nothing behind when it is interrupted", async () => {
    const command = new BackgroundCommand(process.execPath, [program, "verify", ...options]);
    while ((await scratchNamespaces()).length === 0) await sleep(20);
    command.signal("SIGINT");
    assert.equal(await command.end, 130);
    await until(async () => (await scratchNamespaces()).length === 0, "the namespace is still there");
  });
});
