import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { readSettings } from "../../cli/kit/settings.js";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";
import { documented } from "./claims.js";
import { Sandbox } from "./sandbox.js";

describe("docs/guides/add-an-environment.md", () => {
  const password = "correct horse battery staple";
  let sandbox: Sandbox;
  const file = () => readFileSync(join(sandbox.checkout, "Pulumi.garage.yaml"), "utf8");

  before(async function () {
    sandbox = await Sandbox.of(this, ["pulumi"]);
  });
  after(() => sandbox.remove());

  documented(
    "docs/guides/add-an-environment.md",
    "Add an environment",
    "6f96966e",
    "plans the copy",
    async (block) => {
      const { stdout } = await sandbox.run(block.text);
      assert.match(stdout, /\ngarage: \d+ to create, .* 0 violations\n/);
    },
  );

  documented(
    "docs/guides/add-an-environment.md",
    "Add an environment (2)",
    "34c6ed88",
    "the file holds the password encrypted, and the plan still takes it",
    async (block) => {
      // Piped to it, where a reader types it.
      const { stdout } = await sandbox.run(block.text, { stdin: password });
      assert.ok(!`${stdout}${file()}`.includes(password));
      const { config, encryptionsalt } = parse(file());
      assert.match(config["cluster-security:registry"].adminPassword.secure, /^v1:/);
      assert.match(encryptionsalt, /^v1:/);
      await readSettings("garage", { tree: sandbox.checkout });
      const { stdout: decrypted } = await sandbox.run(
        "pulumi config get --stack garage --path cluster-security:registry.adminPassword",
      );
      assert.equal(decrypted, `${password}\n`);
    },
  );
});

describe("docs/guides/adopt-a-cluster.md", () => {
  const { set } = parse(
    readFileSync(
      join(projectFolder, "tests/fixtures/settings/accepted/existing-cluster-with-values.yaml"),
      "utf8",
    ),
  );
  const { certificate } = set["secrets.sealingKeys"][0] as { certificate: string };
  let sandbox: Sandbox;

  before(async function () {
    sandbox = await Sandbox.of(this, ["pulumi"]);
  });
  after(() => sandbox.remove());

  documented(
    "docs/guides/adopt-a-cluster.md",
    "Adopt a cluster that already lives",
    "915140fd",
    "lists what is missing, and nothing once each line of the list was followed",
    async (block) => {
      const before = await sandbox.run(block.text);
      const list = /\nValues to give before applying:\n((?: {2}.*\n)+)/.exec(before.stdout)?.[1] ?? "";
      assert.equal(list.match(/^ {2}\S.*: the cluster exists, so .* is not generated\.$/gm)?.length, 9);
      assert.equal(list.match(/^ {2}\S.*: .* cannot be generated\.$/gm)?.length, 3);
      assert.equal(list.match(/^ {2}\S.*: .* only says that an OCID belongs here\.$/gm)?.length, 2);
      assert.equal(list.match(/^ {6}read it: /gm)?.length, 14);
      const lines = [...list.matchAll(/^ {6}give it: (.+)$/gm)].map(([, line]) => line!);
      assert.equal(lines.length, 14);
      await sandbox.run("pulumi stack init musashi");
      for (const line of lines) {
        const stdin = line.includes("backups.oci.") ? "ocid1.tenancy.oc1..aaaa" : "a present value";
        // What has several lines comes from a file; here its stand-in comes as the others do.
        await sandbox.run(line.replace(/ < FILE$/, ""), { stdin });
      }
      // As the page says, the key's certificate is no secret, and is given next to it.
      await sandbox.run(
        "pulumi config set --stack musashi --plaintext --path 'cluster-security:secrets.sealingKeys[0].certificate'",
        { stdin: certificate },
      );
      const after = await sandbox.run(block.text);
      assert.doesNotMatch(after.stdout, /Values to give/);
      assert.doesNotMatch(
        readFileSync(join(sandbox.checkout, "Pulumi.musashi.yaml"), "utf8"),
        /a present value/,
      );
    },
  );
});
