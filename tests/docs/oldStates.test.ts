import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
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
const keyNames = ["key2", "key1"];
const names = keyNames.map((key) => `control-plane-encryption-${key}`);
const salt = "node-files-record-salt";

const text = readFileSync(join(projectFolder, page), "utf8");
/** The settings that the page shows, after a rotation: with a key more, and the old one retired. */
const shownSettings = () => {
  const { text: yaml } = blocksOf(page, text).find(({ language }) => language === "yaml")!;
  const { config } = parse(yaml) as { config: Record<string, any> };
  const { encryption } = config[`${projectName}:controlPlane`];
  const [key1] = encryption.keys;
  encryption.keys = [
    { ...key1, name: "key2" },
    { ...key1, retired: true },
  ];
  return config;
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
  /** The keys in the order of their names, which are what the ids were, and the salt. */
  let secrets: string[];
  let living: string;
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
    living = await keyInNodeFiles();
  });
  after(() => sandbox.remove());

  it("begins with a state of version 0.1, in which keys and salt are ids", async () => {
    const known = await state("--show-secrets");
    let old = JSON.stringify(known);
    secrets = [living, randomBytes(32).toString("base64"), randomBytes(32).toString("base64")];
    for (const [index, name] of [...names, salt].entries()) {
      const generated = known.deployment.resources.find(({ urn }) =>
        urn.endsWith(`RandomPassword::${name}`),
      )!;
      const [urn, type] = [generated.urn, generated.type].map((text) =>
        text.replaceAll("andomPassword", "andomBytes"),
      ) as [string, string];
      const { outputs, ...rest } = generated;
      const value = secrets[index]!;
      const hex = Buffer.from(value, "base64").toString("hex");
      const secret = (text: string) => ({
        ...(outputs!["result"] as object),
        plaintext: JSON.stringify(text),
      });
      const converted = {
        ...rest,
        ...{ id: value, type, inputs: { length: 32 } },
        outputs: { length: 32, base64: secret(value), hex: secret(hex) },
      };
      old = old.replace(JSON.stringify(generated), JSON.stringify(converted)).replaceAll(generated.urn, urn);
    }
    await sandbox.run("pulumi stack import --stack musashi", { stdin: old });
    const { stdout } = await sandbox.run("pulumi stack --show-ids --stack musashi");
    for (const secret of secrets) {
      assert.ok(stateFile().includes(secret));
      assert.ok(stdout.includes(secret));
    }
  });

  it("is told by npm run state-check", async () => {
    await assert.rejects(
      sandbox.run("npm run --silent state-check -- --stack musashi"),
      ({ message }: Error) => {
        const listed = [...names, salt].sort().map((name) => ` {2}${name}\\n`);
        assert.match(message, new RegExp(`^It shows these secrets in plain, .*\\n${listed.join("")}`, "m"));
        for (const secret of secrets) assert.ok(!message.includes(secret));
        return true;
      },
    );
  });

  it("keeps an up from changing anything", async () => {
    const before = await resources();
    await assert.rejects(sandbox.run("pulumi up"), ({ message }: Error) => {
      const short = message.replace(/(?<=urn:pulumi:)[^"]*(?=random:index)/g, "…").replace(/\s+/g, " ");
      const [, quoted] = /with\s`(unable to replace[^`]*)`/.exec(text)!;
      assert.ok(short.includes(quoted!.replace(/\s+/g, " ")), message);
      return true;
    });
    assert.deepEqual(await resources(), before);
  });

  documented(
    page,
    "2. Take the keys out of the state",
    "398a44ec",
    "the keys stay, encrypted in the settings, and the state shows them no more",
    async (block) => {
      const other = "pulumi config set --stack musashi --secret --path";
      const secret = `'${projectName}:controlPlane.encryption.keys[1].secret'`;
      const set = (value: string) => sandbox.run(`${other} ${secret}`, { stdin: value });
      await set(randomBytes(32).toString("base64"));
      await assert.rejects(sandbox.run(block.text), /key1: the settings have another value/);
      for (const id of secrets) assert.ok(stateFile().includes(id), "nothing is removed");
      await set(secrets[1]!);

      const { stdout } = await sandbox.run(block.text);
      assert.match(stdout, /^key2: is a setting now\nkey1: is a setting now\n/m);
      const changes = stdout.split("\n").filter((line) => /^(create|update|replace|delete) /.test(line));
      assert.deepEqual(changes.map((line) => line.replace(/ .*::/, " ")).sort(), [
        `create ${salt}`,
        "update node-files-record",
      ]);
      const file = readFileSync(join(sandbox.checkout, "Pulumi.musashi.yaml"), "utf8");
      for (const id of secrets) assert.ok(!stateFile().includes(id) && !file.includes(id));
      assert.equal(await keyInNodeFiles(), living);
      const { stdout: config } = await sandbox.run("pulumi config --json --show-secrets --stack musashi");
      const { value } = (JSON.parse(config) as Record<string, { value: string }>)[
        `${projectName}:controlPlane`
      ]!;
      assert.deepEqual(
        JSON.parse(value).encryption.keys.map((key: any) => key.secret),
        secrets.slice(0, 2),
      );
      const { stdout: check } = await sandbox.run("npm run --silent state-check -- --stack musashi");
      assert.doesNotMatch(check, /in plain/);
      const { stdout: asJson } = await sandbox.run(
        "npm run --silent state-check -- --stack musashi --json || true",
      );
      const { keys, shown, isOpened } = JSON.parse(asJson) as Record<string, { name: string }[]>;
      assert.deepEqual([shown, isOpened], [[], true]);
      const names = keys!.map(({ name }) => name).filter((name) => name.startsWith("encryption key "));
      assert.deepEqual(names, ["encryption key key2", "encryption key key1, retired"]);
    },
  );
});
