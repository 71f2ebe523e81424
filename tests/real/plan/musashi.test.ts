import assert from "node:assert/strict";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { have, planAt, type Ran } from "./project.js";

describe("the plan of musashi", () => {
  let text: Ran;
  let json: Ran;

  before(async function () {
    await have(this, "pulumi");
    [text, json] = await Promise.all([planAt(projectFolder), planAt(projectFolder, "--json")]);
  });

  it("succeeds without a violation", () => {
    assert.equal(text.status, 0, text.stdout + text.stderr);
    assert.equal(json.status, 0, json.stderr);
    const { summary, resources, violations } = JSON.parse(json.stdout);
    assert.deepEqual(violations, []);
    assert.ok(summary.create > 100);
    assert.deepEqual(summary, { create: resources.length, update: 0, replace: 0, delete: 0, same: 0 });
  });

  it("has a resource of every provider, each under a component", () => {
    const { resources } = JSON.parse(json.stdout) as { resources: { urn: string; type: string }[] };
    const providers = new Set(resources.map(({ type }) => type.split(":")[0]));
    assert.deepEqual([...providers].sort(), [
      "cloudflare",
      "cluster-security",
      "kubernetes",
      "oci",
      "pulumi",
      "random",
      "tls",
    ]);
    for (const { urn, type } of resources) {
      if (/^(pulumi|cluster-security):/.test(type)) continue;
      assert.match(urn, /::cluster-security:[^:]+:[^:]+\$/, `${urn} lies in no component`);
    }
  });

  it("says of which objects it takes over what others have set", () => {
    assert.match(
      text.stdout,
      /─ \+ dns-api-token-secret {2}kubernetes:core\/v1:Secret {2}create, takes over\n/,
    );
    assert.match(
      text.stdout,
      /─ \+ backups-velero-repository-credentials {2}kubernetes:core\/v1:Secret {2}create\n/,
    );
    const { resources } = JSON.parse(json.stdout) as { resources: { urn: string; takesOver?: true }[] };
    const taken = resources.filter(({ takesOver }) => takesOver).map(({ urn }) => urn.split("::").at(-1));
    assert.ok(taken.includes("dns-api-token-secret") && taken.includes("issuers-letsencrypt-prod"));
    assert.ok(!taken.includes("backups-velero-repository-credentials"));
  });

  it("lists the values to give before applying, and none of them", () => {
    assert.match(
      text.stdout,
      /\nValues to give before applying:\n {2}controlPlane\.encryption\.keys\[0\]\.secret: /,
    );
    assert.doesNotMatch(`${text.stdout}${text.stderr}`, /placeholder|BEGIN [A-Z ]*PRIVATE KEY/);
  });
});
