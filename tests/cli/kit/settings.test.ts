import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { readSettings } from "../../../cli/kit/settings.js";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { UserError } from "../../../cli/kit/userError.js";
import { rawSettings } from "../../stacks/settings/fixtures.js";
import { folderOfTest } from "../../kit/folder.js";

describe("a stack's settings", () => {
  it("are read without the passphrase", async () => {
    const { project, settings } = await readSettings("musashi");
    assert.equal(project, "cluster-security");
    assert.equal(settings.certificates.zone, "kubefurlan.com");
  });

  it("are those of a stack that exists", async () => {
    await assert.rejects(readSettings("nowhere"), {
      name: "UserError",
      message: /^there is no stack "nowhere" \(Pulumi\.nowhere\.yaml\); there are .*musashi/,
    });
  });
});

describe("settings with several mistakes", () => {
  const tree = folderOfTest();
  beforeEach(() => {
    symlinkSync(join(projectFolder, "stacks"), tree("stacks"));
  });

  /** What a plan of minimal settings with these says instead of a plan. */
  const refusal = async (set: Record<string, unknown>): Promise<string> => {
    const raw = Object.entries(rawSettings({ set }));
    const config = Object.fromEntries(raw.map(([key, value]) => [`cluster-security:${key}`, value]));
    writeFileSync(tree("Pulumi.home.yaml"), stringify({ config }, { schema: "yaml-1.1" }));
    const error = await readSettings("home", { tree: tree() }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof UserError, String(error));
    return error.message.replace(/\d+ days ago/, "N days ago");
  };
  const expired = "2020-01-01T00:00:00Z";
  const tenancyId = "ocid1.tenancy.oc1..replace-with-your-tenancy";
  const found = `
Notes:
  certificates.token.expiresOn: expired on 2020-01-01, N days ago; cert-manager renews nothing without it. Move the date and raise serial.

Values to give before applying:
  backups.oci.tenancyId: ${tenancyId} only says that an OCID belongs here.
      read it: in Oracle's console, under Governance (tenancy) and Identity (compartments)
      give it: pulumi config set --stack home --path 'cluster-security:backups.oci.tenancyId'`;

  it("that break rules between them are told all at once, with what has expired and what is missing", async () => {
    const harbor = { namespace: "harbor", issuer: "letsencrypt-prod" };
    const message = await refusal({
      "registry.tlsAt": "nginx",
      "certificates.token": { expiresOn: expired, allowedCidrs: ["192.168.1.0/24"] },
      "certificates.certificates": [
        { ...harbor, name: "harbor-tls", secretName: "other", dnsNames: ["harbor.example.com"] },
        { ...harbor, name: "all", secretName: "all", dnsNames: ["a.example.com", "*.example.com"] },
      ],
      "backups.oci.tenancyId": tenancyId,
    });
    assert.deepEqual(
      message
        .split("\n")
        .slice(1, 4)
        .map((line) => line.split(":")[0]),
      [
        "  certificates.token.allowedCidrs[0]",
        "  certificates.certificates[1].dnsNames[0]",
        "  certificates.certificates[0].secretName",
      ],
    );
    assert.equal(message.split("\n").slice(4).join("\n"), found);
  });

  it("of which one cannot be parsed are told with what the rest says", async () => {
    const message = await refusal({
      "cluster.name": "Home",
      "certificates.token.expiresOn": expired,
      "backups.oci.tenancyId": tenancyId,
      // Told as a problem, and not once more as a value to give.
      "certificates.acme.recursiveNameservers": ["<address>:53"],
      "registry.hostname": "replace-with-your-host.example.com",
    });
    assert.match(
      message,
      /^Pulumi\.home\.yaml:\n {2}cluster\.name: .*\n {2}certificates\.acme\.recursiveNameservers\[0\]: /,
    );
    assert.match(
      message,
      /\n\nValues to give before applying:\n {2}registry\.hostname: .*\n {6}give it: .*\n {2}backups\.oci\.tenancyId: /,
    );
    assert.equal(message.match(/recursiveNameservers/g)?.length, 1);
  });
});
