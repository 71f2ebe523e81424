import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parseSettings, SettingsError } from "../../../stacks/settings/index.js";
import { keyOf } from "../../../stacks/settings/problems.js";
import { sshPrivateKey } from "../../../stacks/settings/secretText.js";
import { isSecret, valueOf } from "../../kit/capture.js";
import { problemsOf, rawSettings } from "./fixtures.js";
import { secretPaths, withValue } from "./secretPaths.js";

describe("secret settings", () => {
  it("asks for a secret in plain text to be sealed, and keeps it out of the message", () => {
    const set = {
      "monitoring.receivers.telegram": { botToken: "123456789:AAE-needle-needle-needle-needle-1" },
    };
    assert.deepEqual(problemsOf(rawSettings({ set })), [
      "monitoring.receivers.telegram.botToken: a secret stands in plain text, for all who read the file; take it out and seal it, " +
        "a new one where it can be changed: pulumi config set --stack test --secret --path 'cluster-security:monitoring.receivers.telegram.botToken'",
    ]);
    const { texts } = parseSettings(rawSettings({ set }), "test", { secrets: "decrypted" });
    assert.deepEqual(texts, ["monitoring.receivers.telegram.botToken"]);
  });

  it("keeps a given secret secret, and never repeats it in a message", async () => {
    const { settings } = parseSettings(
      rawSettings({ set: { "registry.secretKey": "0123456789abcdef" } }),
      "test",
      { secrets: "decrypted" },
    );
    assert.equal(await valueOf(settings.registry.secretKey!), "0123456789abcdef");
    assert.equal(await isSecret(settings.registry.secretKey!), true);
    const needle = "needle-needle-needle";
    const misplaced: Record<string, unknown>[] = [
      { "registry.secretKey": needle },
      { "registry.adminPassword": needle },
      { "registry.adminPassword": 1234567890123 },
      { "registry.secretKey": [needle] },
      { "registry.secretKey": { value: needle } },
      { "secrets.sealingKeys": { first: { privateKey: needle } } },
      {
        "secrets.sealingKeys": [
          { name: "first", privateKey: needle, certificate: "-----BEGIN CERTIFICATE-----" },
        ],
      },
      { secrets: [needle] },
      ...["registry", "secrets", "secrets.sealingKeys", "controlPlane.encryption.keys"].map((key) => ({
        [key]: needle,
      })),
      ...["backups.jobs.pushgateway", "auditLogs.loki.url"].flatMap((key) => [
        { [key]: `https://push.example.com/?token=${needle}` },
        { [key]: `https://ann:${needle}@push.example.com` },
      ]),
      { "monitoring.receivers.telegram": { botToken: needle } },
      { "monitoring.receivers.gmail": { address: "ops@example.com", appPassword: needle } },
      { "cluster.nodes[0].ssh": { hostKey: "", privateKey: needle } },
      { "cluster.context": `ann:${needle}\u200B@example.com` },
    ];
    for (const set of misplaced) {
      const problems = problemsOf(rawSettings({ set }));
      assert.notDeepEqual(problems, []);
      for (const text of [needle, "1234567890123"])
        assert.ok(!problems.join("\n").includes(text), problems.join("\n"));
    }
  });

  it("names no part of a secret that was given in a wrong shape, whichever setting it is", () => {
    const paths = secretPaths();
    assert.ok(paths.length >= 14, `${paths.length}`);
    const text = fc.stringMatching(/^[ -~\n]{4,24}$/).map((some) => `needle${some}needle`);
    const number = fc.integer({ min: 10 ** 12, max: 10 ** 15 });
    const secret = fc.oneof(text, number);
    const shape = (value: string | number) =>
      fc.constantFrom<unknown>(
        value,
        [value],
        [[value], value],
        { [value]: 1 },
        { [value]: null },
        { value },
        { secure: value, [value]: 1 },
        { secure: { [value]: value } },
        { secure: [value] },
        { secure: typeof value === "number" ? value : [value] },
        { first: { [value]: { [value]: value } } },
        [{ [value]: value }],
      );
    const given = secret.chain((value) => fc.tuple(fc.constant(value), shape(value)));
    const settings = rawSettings({});
    for (const path of paths) {
      fc.assert(
        fc.property(given, ([value, wrong]) => {
          const problems = problemsOf(withValue(settings, path, wrong));
          const message = problems.join("\n");
          const told = problems.some((problem) => problem.startsWith(`${keyOf(path)}:`));
          assert.ok(told || typeof wrong !== "object", message);
          for (const needle of [String(value), "needle"]) assert.ok(!message.includes(needle), message);
        }),
        { numRuns: 30 },
      );
    }
  });

  it("takes no secret in the wrong place for a placeholder that it may name", () => {
    const needle = "needle<x>needle";
    const misplaced: Record<string, unknown>[] = [
      { "registry.adminPasword": needle },
      { registri: { adminPassword: needle } },
      { registry: [needle] },
      { registry: { passwords: [{ adminPassword: needle }] } },
      { "registry.adminPassword": { value: needle } },
      { "controlPlane.encryption.keys": { first: { secret: needle } } },
      { "network.flows": [{ secret: needle }] },
      { "registry.adminPassword": needle },
    ];
    for (const set of misplaced)
      assert.throws(
        () => parseSettings(rawSettings({ set }), "test"),
        (error) => error instanceof SettingsError && error.found.missing.length === 0,
        JSON.stringify(set),
      );
  });

  it("refuses a second encryption key that is the first one", () => {
    const secret = Buffer.from([...Array(32).keys()]).toString("base64");
    const set = { "controlPlane.encryption.keys": ["a", "b"].map((name) => ({ name, secret })) };
    assert.deepEqual(
      problemsOf(rawSettings({ set })).filter((problem) => !problem.includes("plain text")),
      [
        "controlPlane.encryption.keys[1].secret: is the key of controlPlane.encryption.keys[0] already, so nothing would be encrypted anew; leave it out, or give another",
      ],
    );
  });

  it("takes the private keys that ssh-keygen makes, unless they are locked", () => {
    const folder = mkdtempSync(join(tmpdir(), "ssh-keys-"));
    try {
      const made: [options: string[], accepted: boolean][] = [
        [["-t", "ed25519", "-N", ""], true],
        [["-t", "ed25519", "-N", "a passphrase"], false],
        [["-t", "ecdsa", "-m", "PEM", "-N", ""], true],
        [["-t", "ecdsa", "-m", "PEM", "-N", "a passphrase"], false],
        [["-t", "ecdsa", "-m", "PKCS8", "-N", ""], true],
        [["-t", "ecdsa", "-m", "PKCS8", "-N", "a passphrase"], false],
      ];
      made.forEach(([options, accepted], index) => {
        const file = join(folder, String(index));
        execFileSync("ssh-keygen", ["-q", "-f", file, ...options]);
        assert.equal(sshPrivateKey.matches(readFileSync(file, "utf8")), accepted, options.join(" "));
      });
      assert.equal(
        sshPrivateKey.matches(
          "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        ),
        false,
      );
      assert.ok(sshPrivateKey.matches(sshPrivateKey.placeholder("cluster.nodes[0].ssh.privateKey")));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("gives a sealed value the same well-formed placeholder every time, a different one for each", async () => {
    const placeholder = async (secure: string) => {
      const { settings } = parseSettings(rawSettings({ set: { "registry.secretKey": { secure } } }), "test");
      return valueOf(settings.registry.secretKey!);
    };
    assert.equal((await placeholder("v1:a")).length, 16);
    assert.equal(await placeholder("v1:a"), await placeholder("v1:a"));
    assert.notEqual(await placeholder("v1:a"), await placeholder("v1:b"));
  });
});
