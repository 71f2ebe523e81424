import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { named } from "./fakeTarget.js";
import { find } from "./accessClaims.js";
import { demandRoot } from "../../kit/skip.js";

describe("kubeconfigs", () => {
  const uid = process.getuid!();
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kubeconfigs-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are closed, the administrator's and those on the node", async () => {
    const own = join(folder, "config");
    writeFileSync(own, "", { mode: 0o600 });
    mkdirSync(join(folder, "etc/kubernetes"), { recursive: true });
    const admin = join(folder, "etc/kubernetes/admin.conf");
    writeFileSync(admin, "", { mode: 0o600 });
    writeFileSync(join(folder, "etc/kubernetes/other.yaml"), "", { mode: 0o644 });
    const options = { kubeconfigs: [own], nodeRoot: folder };
    assert.deepEqual(await find("Kubeconfigs are closed", {}, options), {
      status: "proved",
      evidence: `${own} 0600 of uid ${uid}, ${admin} 0600 of uid ${uid}`,
    });
    chmodSync(admin, 0o640);
    chmodSync(own, 0o644);
    assert.deepEqual(await find("Kubeconfigs are closed", {}, options), {
      status: "failed",
      evidence:
        `others may read ${own} (mode 0644); chmod 600 ${own}; ` +
        `others may read ${admin} (mode 0640); chmod 600 ${admin}`,
    });
  });

  it("belong to root on the node, and to the user who runs this elsewhere", async function () {
    demandRoot(this);
    const own = join(folder, "config");
    mkdirSync(join(folder, "etc/kubernetes"), { recursive: true });
    const admin = join(folder, "etc/kubernetes/admin.conf");
    for (const file of [own, admin]) {
      writeFileSync(file, "", { mode: 0o600 });
      chownSync(file, 1000, 1000);
    }
    const options = { kubeconfigs: [own, admin], nodeRoot: folder };
    const before = process.env["SUDO_UID"];
    try {
      delete process.env["SUDO_UID"];
      assert.deepEqual(await find("Kubeconfigs are closed", {}, options), {
        status: "failed",
        evidence:
          `${own} belongs to uid 1000, not to 0; chown 0 ${own}; ` +
          `${admin} belongs to uid 1000, not to 0; chown 0 ${admin}`,
      });
      process.env["SUDO_UID"] = "1000";
      assert.deepEqual(await find("Kubeconfigs are closed", {}, options), {
        status: "failed",
        evidence: `${admin} belongs to uid 1000, not to 0; chown 0 ${admin}`,
      });
      process.env["SUDO_UID"] = "1001";
      assert.match(
        (await find("Kubeconfigs are closed", {}, { ...options, kubeconfigs: [own] })).evidence,
        /config belongs to uid 1000, not to 1001; chown 1001 /,
      );
    } finally {
      if (before === undefined) delete process.env["SUDO_UID"];
      else process.env["SUDO_UID"] = before;
    }
  });

  const config = (user: string) => `apiVersion: v1\nkind: Config\nusers:\n  - user:\n      ${user}\n`;
  const inBase64 = (text: string) => Buffer.from(text).toString("base64");
  const onLines = (text: string) => inBase64(text).replace(/.{64}/g, "$&\n");
  const withToken = config("token: needle");
  const object = { apiVersion: "v1", kind: "Config", users: [{ name: "a", user: { token: "needle" } }] };
  const withoutKind =
    "clusters:\n- cluster:\n    server: https://a:6443\nusers:\n- user:\n    token: needle\n";
  const cluster = { name: "a", cluster: { server: "https://a:6443" } };
  const usersFirst = withoutKind.replace(/^(clusters:[^]*)(users:[^]*)/, "$2$1");
  const kindFirst = "kind: Config\napiVersion: v1\nusers:\n- user:\n    token: needle\n";
  const indented = (text: string) => text.replace(/^(?=.)/gm, "      ");
  const cases: [name: string, text: string, found: boolean][] = [
    ["a key", config("client-key-data: needle"), true],
    ["a token", config('token: "needle"'), true],
    ["a password", config("password: needle"), true],
    ["a command that gets a token", config("exec: { command: get-token, args: [needle] }"), true],
    ["a provider of tokens", config("auth-provider: { name: oidc, config: { id-token: needle } }"), true],
    ["quoted names", '"kind": "Config"\n"users": [{ "user": { "token": "needle" } }]', true],
    ["a user in flow style", "kind: Config\nusers: [{ name: a, user: { token: needle } }]", true],
    ["JSON", JSON.stringify(object), true],
    ["JSON on lines with tabs", JSON.stringify(object, null, "\t"), true],
    ["base64", inBase64(withToken), true],
    ["base64 on lines", onLines(withToken), true],
    ["base64 of JSON", inBase64(JSON.stringify(object)), true],
    ["base64 behind a name", `KUBECONFIG_B64=${inBase64(withToken)}`, true],
    ["base64 between words", `base64 -d <<EOF\n${onLines(withToken)}\nEOF\n`, true],
    ["base64 of JSON between words", `base64 -d <<EOF\n${onLines(JSON.stringify(object))}\nEOF\n`, true],
    ["base64 on lines in quotes", JSON.stringify({ file: onLines(withToken) }), true],
    ["base64 for addresses", Buffer.from(`#  ÿÿ\n${withToken}`).toString("base64url"), true],
    ["YAML in quotes", `config: ${JSON.stringify(withToken)}`, true],
    ["YAML in JSON", JSON.stringify({ kubeconfig: withToken }), true],
    ["a document before it", `kind: Other\n---\n${withToken}`, true],
    [
      "a script around it",
      `#!/bin/sh\ncat > config <<EOF\n${withToken}EOF\nfor f in *; do { ls; }; done\n`,
      true,
    ],
    ["a mistake behind it", `${withToken}contexts: [\n`, true],
    ["no kind", withoutKind, true],
    ["no kind and no clusters", withoutKind.replace("clusters:", "hosts:"), false],
    ["no kind and no user", withoutKind.replace("users:", "accounts:"), false],
    ["no kind, in JSON", JSON.stringify({ clusters: [cluster], users: object.users }), true],
    [
      "clusters of a proxy and users of a wiki",
      "clusters: [{ name: web }]\nusers: [{ user: { token: needle } }]",
      false,
    ],
    ["kind before apiVersion in a script", `cat <<EOF > config\n${kindFirst}EOF\n`, true],
    [
      "kind before apiVersion in a script, with a line for the token",
      `cat <<EOF > config\n${kindFirst.replace("needle", "$TOKEN")}EOF\n`,
      false,
    ],
    ["users first in a script", `cat <<EOF\n${usersFirst}EOF\nexit\n`, true],
    [
      "an indented script in other YAML",
      `steps:\n  - run: |\n      cat <<EOF\n${indented(kindFirst)}      EOF\n`,
      true,
    ],
    [
      "a file in other YAML",
      `write_files:\n  - path: /root/config\n    content: |\n${indented(withToken)}`,
      true,
    ],
    [
      "a file in other YAML that mentions one",
      `write_files:\n  - path: kind\n    content: |\n      users: and clusters: have a token: each\n`,
      false,
    ],
    [
      "a group in other YAML",
      `spec:\n  kubeconfig: { clusters: [{ cluster: { server: a } }], users: [{ user: { token: needle } }] }\n`,
      true,
    ],
    ["a comment in other YAML", `spec: {}\n${withoutKind.replace(/^/gm, "# ")}`, false],
    ["text of JSON in JSON", JSON.stringify({ file: JSON.stringify(object) }), true],
    ["base64 in other YAML", `data:\n  config: ${inBase64(withToken)}\n  other: text\n`, true],
    [
      "base64 on lines in other YAML",
      `data:\n  config: |\n${indented(onLines(withToken))}\nother: text\n`,
      true,
    ],
    [
      "base64 of a mention",
      `data:\n  config: ${inBase64("users: and clusters: of kind: Config have a token: each")}\n`,
      false,
    ],
    ["lines of Windows", `cat <<EOF\n${kindFirst}EOF\n`.replaceAll("\n", "\r\n"), true],
    ["no line behind it", `cat <<EOF\n${kindFirst.trimEnd()}`, true],
    ["what kubectl config view shows", withoutKind.replace("needle", "REDACTED"), false],
    ["a template", config('token: "{{ .Values.token }}"'), false],
    ["an example", config("token: <the token of the user>"), false],
    [
      "words about one",
      "A kubeconfig of kind: Config has users: and clusters:, a user: a token: or password:.",
      false,
    ],
    ["a list of its words", "kind: Config\nclusters: []\nusers:\n  - user\n  - token:\n", false],
    ["a file with a token, as kube-proxy's", config("tokenFile: /var/run/secrets/token"), false],
    ["an empty token", config('token: ""'), false],
    ["nothing, as cluster-info", "apiVersion: v1\nkind: Config\nusers: null\n", false],
    ["no kubeconfig", "token: needle", false],
    ["another kind", withToken.replace("Config", "KubeProxyConfiguration"), false],
  ];
  for (const [name, text, found] of cases) {
    for (const [field, value] of [
      ["data", text],
      ["binaryData", inBase64(text)],
    ] as const) {
      it(`in a ConfigMap's ${field} are found: with ${name}${found ? "" : ", no"}`, async () => {
        const finding = await find("No kubeconfig lies in the cluster", {
          "/api/v1/configmaps": [
            named("a", { [field]: { "kubeconfig.conf": value, other: "b: c" } }, "x"),
            named("empty", {}, "x"),
          ],
        });
        assert.deepEqual(
          finding,
          found
            ? { status: "failed", evidence: "ConfigMap x/a holds a kubeconfig with credentials" }
            : { status: "proved", evidence: "none of 2 ConfigMaps holds one with credentials" },
        );
      });
    }
  }

  it("in a ConfigMap are looked for without a word of what it holds", async () => {
    const warnings: unknown[] = [];
    const note = (warning: unknown) => warnings.push(warning);
    process.on("warning", note);
    await find("No kubeconfig lies in the cluster", {
      "/api/v1/configmaps": [named("a", { data: { a: "? { needle: 1 }\n: 2\nkind: Config\n" } }, "x")],
    });
    await new Promise(setImmediate);
    process.off("warning", note);
    assert.deepEqual(warnings, []);
  });
});
