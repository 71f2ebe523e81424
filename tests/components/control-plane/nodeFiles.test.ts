import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { applyScriptPath } from "../../../components/control-plane/node/bundle.js";
import { remoteLine } from "../../../components/control-plane/node/delivery.js";
import { NodeFiles, type NodeFilesArgs } from "../../../components/control-plane/nodeFiles.js";
import { capture, isSecret, valueOf, type CaptureOptions } from "../../kit/capture.js";
import { textsOf } from "../../kit/tar.js";

const folder = "cluster-security:control-plane";
const command = "command:remote:Command";
const needle = "needle0123456789";
const privateKey = "ssh-needle-ssh-needle";
const salt = "a password";

const ssh = { user: "cluster-security", port: 22, hostKey: "ssh-ed25519 AAAA" };
const nodes = ["a", "b", "c"].map((name, index) => ({ name, address: `192.0.2.${index + 1}`, ssh }));
const args: NodeFilesArgs = {
  nodes: nodes.slice(0, 1),
  publicFiles: [
    { path: "/etc/kubernetes/audit/policy.yaml", mode: "0600", content: "an audit policy\n" },
    { path: "/etc/kubernetes/kubeadm/config.yaml", mode: "0600", content: "for a\n", node: "a" },
  ],
  secretFiles: [
    { path: "/etc/kubernetes/enc/enc.yaml", mode: "0600", content: pulumi.secret(`${needle}\n`) },
  ],
  facts: {
    cluster: "test",
    encryptionKeys: [{ provider: "secretbox", name: "key1" }],
    identityFallback: false,
    auditSecretsLevel: "Metadata",
  },
  delivery: "export",
};
const three: NodeFilesArgs = { ...args, nodes, delivery: "ssh" };
const options: CaptureOptions = {
  outputs: (type, name) =>
    type === command
      ? { stdout: `applied: ${name}`, stderr: "" }
      : type.startsWith("random:")
        ? { result: salt }
        : {},
};

async function run(args: NodeFilesArgs, further: CaptureOptions = {}) {
  let nodeFiles!: NodeFiles;
  const captured = await capture(() => (nodeFiles = new NodeFiles("nf", args)), { ...options, ...further });
  return { captured, nodeFiles };
}

const unpacked = (bundle: string) => textsOf(Buffer.from(bundle, "base64"));

describe("NodeFiles", () => {
  it("runs nothing where the files are exported", async () => {
    const { captured, nodeFiles } = await run(args);
    assert.deepEqual(captured.shape(), [
      `${folder}:FileRecord nf-record`,
      `${folder}:NodeFiles nf`,
      "random:index/randomPassword:RandomPassword nf-record-salt",
    ]);
    assert.deepEqual(await valueOf(nodeFiles.reports), {});
  });

  it("puts out every file, the script that applies them, and a bundle for each node, all of them secret", async () => {
    const { captured, nodeFiles } = await run({ ...args, nodes });
    const files = await valueOf(nodeFiles.files);
    assert.deepEqual(
      files.map(({ path }) => path),
      [
        "/etc/kubernetes/audit/policy.yaml",
        "/etc/kubernetes/kubeadm/config.yaml",
        applyScriptPath,
        "/etc/kubernetes/enc/enc.yaml",
      ],
    );
    const bundles = await valueOf(nodeFiles.bundles);
    assert.deepEqual(Object.keys(bundles), ["a", "b", "c"]);
    const [a, b] = [await unpacked(bundles["a"]!), await unpacked(bundles["b"]!)];
    assert.equal(a["etc/kubernetes/enc/enc.yaml"], `${needle}\n`);
    assert.equal(a["etc/kubernetes/kubeadm/config.yaml"], "for a\n");
    assert.ok(applyScriptPath.slice(1) in b && !("etc/kubernetes/kubeadm/config.yaml" in b));
    assert.match(b["cluster-security/settings"]!, /^NODE=b\nCONTROL_PLANE=a 192\.0\.2\.1\n/m);
    assert.doesNotMatch(b["cluster-security/settings"]!, /ssh/);
    for (const output of ["files", "bundles", "reports"] as const)
      assert.equal(await isSecret(nodeFiles[output]), true, output);
    const registered = captured.one(`${folder}:NodeFiles`).outputs;
    assert.deepEqual(registered, { files, bundles, reports: {} });
  });

  it("gives one node one command, with the bundle on its standard input and nothing to log", async () => {
    const { captured, nodeFiles } = await run({
      ...three,
      nodes: [{ ...nodes[0]!, ssh: { ...ssh, port: 2222, privateKey: pulumi.secret(privateKey) } }],
    });
    const bundles = await valueOf(nodeFiles.bundles);
    const delivery = captured.one(command);
    assert.deepEqual([delivery.name, delivery.parent], ["nf-a", "nf"]);
    assert.deepEqual(delivery.inputs, {
      connection: {
        host: "192.0.2.1",
        ...ssh,
        port: 2222,
        privateKey,
        dialErrorLimit: 10,
        perDialTimeout: 15,
      },
      create: remoteLine("a", "cluster-security", "apply"),
      stdin: bundles["a"],
      logging: "none",
      addPreviousOutputInEnv: false,
    });
    assert.ok(delivery.isSecret("stdin") && delivery.isSecret("connection"));
    assert.deepEqual(delivery.additionalSecretOutputs.sort(), ["connection", "stderr", "stdout"]);
    assert.deepEqual(await valueOf(nodeFiles.reports), { a: "applied: nf-a" });
  });

  it("has no secret in plain, in no input and no output", async () => {
    const { captured } = await run({
      ...three,
      nodes: nodes.map((node) => ({ ...node, ssh: { ...ssh, privateKey: pulumi.secret(privateKey) } })),
    });
    const needles = [needle, Buffer.from(needle).toString("base64").slice(0, 18), privateKey];
    const holds = (value: unknown) => needles.some((text) => JSON.stringify(value).includes(text));
    const holders = captured.resources.flatMap((resource) =>
      Object.entries(resource.inputs)
        .filter(([, value]) => holds(value))
        .map(([input]) => `${resource.isSecret(input) ? "secret" : "plain"} ${input}`),
    );
    assert.equal(holders.filter((holder) => holder === "secret connection").length, 6);
    // The bundle holds the needle in base64 of a whole archive, which may look like the needle's own.
    assert.deepEqual([...new Set(holders)].filter((holder) => holder !== "secret stdin").sort(), [
      "secret connection",
    ]);
    for (const { inputs, isSecret } of captured.ofType(command)) {
      assert.equal((await unpacked(inputs["stdin"] as string))["etc/kubernetes/enc/enc.yaml"], `${needle}\n`);
      assert.ok(isSecret("stdin"));
    }
  });

  it("prepares every node before it applies to one, one after the other in the order of the settings", async () => {
    const { captured, nodeFiles } = await run(three);
    const names = ["nf-a-prepare", "nf-b-prepare", "nf-c-prepare", "nf-a", "nf-b", "nf-c"];
    assert.deepEqual(
      captured.ofType(command).map(({ name }) => name),
      names,
    );
    names.forEach((name, index) => {
      const waits = captured.one(command, name).dependencies.filter((other) => names.includes(other));
      assert.deepEqual(waits, names.slice(Math.max(0, index - 1), index), name);
    });
    for (const { name, inputs } of captured.ofType(command))
      assert.equal((inputs["create"] as string).endsWith(" --prepare"), name.endsWith("-prepare"));
    assert.deepEqual(Object.keys(await valueOf(nodeFiles.reports)), ["a", "b", "c"]);
  });

  it("asks for no replacement, which would run a command that nobody gave", async () => {
    const { captured } = await run(three);
    for (const { inputs, replaceOnChanges } of captured.ofType(command)) {
      assert.deepEqual([inputs["triggers"], inputs["delete"]], [undefined, undefined]);
      assert.deepEqual(replaceOnChanges, ["triggers[*]"]);
    }
  });

  it("refuses to deliver to a node that it cannot reach", async () => {
    const unreachable = { ...three, nodes: [nodes[0]!, { name: "b", address: "192.0.2.2" }] };
    await assert.rejects(run(unreachable), { message: "node b: delivery ssh needs to know how to reach it" });
  });

  it("records what a plan may show: public content, and whether a secret file changes", async () => {
    const record = async (content: string, mode = "0600", key = salt) => {
      const secretFiles = [{ path: "/etc/kubernetes/enc/enc.yaml", mode, content: pulumi.secret(content) }];
      const { captured } = await run({ ...args, secretFiles }, { outputs: () => ({ result: key }) });
      return captured.one(`${folder}:FileRecord`);
    };
    const first = await record(needle);
    const { [applyScriptPath]: script, ...publicFiles } = first.inputs["publicFiles"];
    assert.match(script, /^#!\/bin\/sh\n/);
    assert.deepEqual(publicFiles, {
      "/etc/kubernetes/audit/policy.yaml": "an audit policy\n",
      "a:/etc/kubernetes/kubeadm/config.yaml": "for a\n",
    });
    assert.deepEqual([first.isSecret("publicFiles"), first.isSecret("secretFiles")], [false, false]);
    const digest = ({ inputs }: typeof first) =>
      inputs["secretFiles"]["/etc/kubernetes/enc/enc.yaml"] as string;
    assert.match(digest(first), /^[0-9a-f]{64}$/);
    assert.equal(digest(await record(needle)), digest(first));
    for (const other of [
      await record(`${needle}.`),
      await record(needle, "0400"),
      await record(needle, "0600", "another password"),
    ]) {
      assert.notEqual(digest(other), digest(first));
    }
  });

  for (const [name, given] of Object.entries({ exported: args, delivered: three })) {
    it(`registers the same resources with known and unknown values, ${name}`, async () => {
      const known = (await run(given)).captured.shape();
      assert.deepEqual((await run(given, { preview: true })).captured.shape(), known);
    });
  }
});

describe("the line that a node's shell runs", () => {
  it("is the script alone for root, and sudo without a question for anybody else", () => {
    const start =
      `test -x ${applyScriptPath} || { echo 'node a has no ${applyScriptPath} yet; lay it there once, as ` +
      "docs/guides/node-files.md says' >&2; exit 127; }; ";
    assert.equal(remoteLine("a", "root", "apply"), `${start}${applyScriptPath} --node a --base64`);
    assert.equal(
      remoteLine("a", "deploy", "prepare"),
      `${start}sudo -n ${applyScriptPath} --node a --base64 --prepare`,
    );
  });
});
