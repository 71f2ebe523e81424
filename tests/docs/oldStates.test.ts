import assert from "node:assert/strict";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { encryptionConfigPath } from "../../components/control-plane/encryptionAtRest.js";
import { projectFolder, tool } from "../../cli/kit/toolchain/tool.js";
import { projectName } from "../../stacks/settings/index.js";
import { blocksOf } from "./blocks.js";
import { documented } from "./claims.js";
import { Sandbox } from "./sandbox.js";

const page = "docs/guides/keys-in-old-states.md";
const name = "control-plane-encryption-key1";

const text = readFileSync(join(projectFolder, page), "utf8");
/** The settings that the page shows. */
const shownSettings = () => {
  const { text: yaml } = blocksOf(page, text).find(({ language }) => language === "yaml")!;
  return (parse(yaml) as { config: object }).config;
};

interface Resource {
  urn: string;
  type: string;
  id?: string;
  inputs?: object;
  outputs?: Record<string, unknown>;
}

describe(page, function () {
  // Each step stands on those before it.
  this.bail(true);
  let key: string;
  let sandbox: Sandbox;

  const state = async (...options: string[]): Promise<{ deployment: { resources: Resource[] } }> =>
    JSON.parse((await sandbox.run(`pulumi stack export --stack musashi ${options.join(" ")}`)).stdout);
  const resources = async () =>
    (await state()).deployment.resources.map(({ urn, id }) => `${urn} ${id}`).sort();
  async function keyInNodeFiles(): Promise<string> {
    const { stdout } = await sandbox.run(
      "pulumi stack output nodeFiles --show-secrets --json --stack musashi",
    );
    const files = JSON.parse(stdout) as { path: string; content: string }[];
    const { content } = files.find(({ path }) => path === encryptionConfigPath)!;
    return /secret: (\S{44})/.exec(content)![1]!;
  }
  const stateFile = () =>
    readFileSync(join(sandbox.home, "state/.pulumi/stacks", projectName, "musashi.json"), "utf8");

  before(async function () {
    sandbox = await Sandbox.of(this, ["pulumi"]);
    const minimal = readFileSync(join(projectFolder, "tests/fixtures/settings/minimal.yaml"), "utf8");
    const settings = Object.entries(parse(minimal) as object).map(([group, value]) => [
      `${projectName}:${group}`,
      value,
    ]);
    writeFileSync(
      join(sandbox.checkout, "Pulumi.musashi.yaml"),
      stringify(
        { config: { ...Object.fromEntries(settings), ...shownSettings() } },
        { defaultStringType: "QUOTE_DOUBLE" },
      ),
    );
    // No language host on this machine runs a program for the CLI: a script does, with the same engine.
    const shim = join(sandbox.bin, "pulumi");
    const cli = await tool("pulumi");
    rmSync(shim);
    writeFileSync(
      shim,
      `#!/bin/sh\nPATH=\${PATH#*:}\n[ "$1" != up ] || exec node --import tsx tests/docs/recordedUp.ts musashi\nexec '${cli}' "$@"\n`,
    );
    chmodSync(shim, 0o755);
    await sandbox.run("pulumi stack init musashi && pulumi up");
    key = await keyInNodeFiles();
  });
  after(() => sandbox.remove());

  it("begins with a state of version 0.1, in which the key is an id", async () => {
    const known = await state("--show-secrets");
    const generated = known.deployment.resources.find(({ urn }) => urn.endsWith(`RandomPassword::${name}`))!;
    const [urn, type] = [generated.urn, generated.type].map((text) =>
      text.replaceAll("andomPassword", "andomBytes"),
    );
    const { outputs, ...rest } = generated;
    const secret = (text: string) => ({ ...(outputs!["result"] as object), plaintext: JSON.stringify(text) });
    Object.assign(generated, rest, {
      id: key,
      type,
      inputs: { length: 32 },
      outputs: { length: 32, base64: secret(key), hex: secret(Buffer.from(key, "base64").toString("hex")) },
    });
    const old = JSON.stringify(known).replaceAll(generated.urn, urn!);
    await sandbox.run("pulumi stack import --stack musashi", { stdin: old });
    assert.ok(stateFile().includes(key));
    const { stdout } = await sandbox.run("pulumi stack --show-ids --stack musashi");
    assert.ok(stdout.includes(key));
  });

  it("is told by npm run state-check", async () => {
    await assert.rejects(
      sandbox.run("npm run --silent state-check -- --stack musashi"),
      ({ message }: Error) => {
        assert.match(message, new RegExp(`^It shows these secrets in plain, .*\\n {2}${name}\\n`, "m"));
        assert.ok(!message.includes(key));
        return true;
      },
    );
  });

  it("keeps an up from changing anything", async () => {
    const before = await resources();
    await assert.rejects(sandbox.run("pulumi up"), ({ message }: Error) => {
      const short = message.replace(/(?<=urn:pulumi:)[^"]*(?=random:index)/, "…").replace(/\s+/g, " ");
      const [, quoted] = /with\s`(unable to replace[^`]*)`/.exec(text)!;
      assert.ok(short.includes(quoted!.replace(/\s+/g, " ")), message);
      return true;
    });
    assert.deepEqual(await resources(), before);
  });

  let keeping = "";
  documented(
    page,
    "1. Keep the key as a setting (2)",
    "a9ce611b",
    "the file holds the key, encrypted",
    async (block) => {
      keeping = block.text;
      await sandbox.run(block.text);
      const file = readFileSync(join(sandbox.checkout, "Pulumi.musashi.yaml"), "utf8");
      assert.ok(!file.includes(key));
      const { config } = parse(file) as { config: Record<string, any> };
      const { encryption } = config[`${projectName}:controlPlane`];
      assert.match(encryption.keys[0].secret.secure, /^v1:/);
    },
  );

  documented(
    page,
    "2. Take the old resource out of the state",
    "f85493a5",
    "the key stays, the state shows it no more",
    async (block) => {
      // In one shell with the lines before, which do no harm a second time.
      const { stdout } = await sandbox.run(keeping + block.text);
      const changes = stdout.split("\n").filter((line) => /^(create|update|replace|delete) /.test(line));
      assert.deepEqual(changes, [
        `delete cluster-security:control-plane:ControlPlane$cluster-security:control-plane:EncryptionAtRest$random:index/randomBytes:RandomBytes::${name}`,
      ]);
      assert.ok(!stateFile().includes(key));
      assert.equal(await keyInNodeFiles(), key);
      const { stdout: check } = await sandbox.run("npm run --silent state-check -- --stack musashi");
      assert.doesNotMatch(check, /in plain/);
    },
  );
});
