import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyScriptPath } from "../../../components/control-plane/node/bundle.js";
import { applyCommand, remoteLine } from "../../../components/control-plane/node/delivery.js";
import { userNamespaceProblem } from "../../../cli/lab/sealedSecrets/userNamespaces.js";
import { parseSettings } from "../../../stacks/settings/index.js";
import { needlesBelow, watchProcesses, type Needles } from "../lab/sealed-secrets/needles.js";
import { rawSettings } from "../../stacks/settings/fixtures.js";
import { openDeliverer, type Deliverer } from "./deliverer.js";
import { nodeShell, SshNode, sshKey, type SshKey } from "./sshNode.js";
import { skip } from "../../kit/skip.js";

const receiver = readFileSync(new URL("receiver.sh", import.meta.url), "utf8");
const program = applyScriptPath.split("/").at(-1)!;

describe("node files over SSH", function () {
  this.timeout(600_000);
  let folder: string;
  let key: SshKey;
  let nodes: SshNode[];
  let deliverer: Deliverer;
  const encryptionKey = randomBytes(32).toString("base64");

  before(async function () {
    const problem = userNamespaceProblem();
    if (problem !== undefined) skip(this, problem);
    folder = mkdtempSync(join(tmpdir(), "node-files-"));
    key = sshKey(join(folder, "client_key"));
    deliverer = await openDeliverer(folder, key.file);
    console.log(`      by ${deliverer.how}`);
  });
  after(() => {
    deliverer?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  beforeEach(async () => {
    const machines = join(folder, "nodes");
    mkdirSync(machines);
    nodes = [];
    for (const [index, name] of ["a", "b", "c"].entries()) {
      const node = await SshNode.start(name, `127.0.0.${index + 1}`, join(machines, name), key.publicKey);
      node.install(program, receiver);
      nodes.push(node);
    }
  });
  afterEach(() => {
    for (const node of nodes) node.stop();
    rmSync(join(folder, "nodes"), { recursive: true });
  });

  const settings = (set: Record<string, unknown> = {}) => {
    const parsed = parseSettings(
      rawSettings({
        set: {
          "controlPlane.delivery": "ssh",
          "controlPlane.encryption.keys": [{ name: "key1", secret: encryptionKey }],
          "cluster.controlPlaneEndpoint": "api.example.com:6443",
          "cluster.nodes": nodes.map(({ name, port, hostKey }, index) => ({
            name,
            address: `192.0.2.${10 + index}`,
            ssh: { user: SshNode.user, port, hostKey, privateKey: readFileSync(key.file, "utf8") },
          })),
          ...set,
        },
      }),
      "test",
      { secrets: "decrypted" },
    ).settings;
    // The servers listen on loopback addresses, which no settings may name.
    parsed.cluster.nodes.forEach((node, index) => (node.address = nodes[index]!.address));
    return parsed;
  };
  /** `node stage`, in the order in which the nodes were told, since the last time this was asked. */
  function calls(): string[] {
    const file = join(folder, "nodes/calls");
    if (!existsSync(file)) return [];
    const text = readFileSync(file, "utf8");
    rmSync(file);
    return text.trimEnd().split("\n");
  }
  const laid = (node: SshNode, path: string) => join(node.folder, "files", path);
  const encryption = "etc/kubernetes/enc/enc.yaml";
  const everyCall = [...["a", "b", "c"].map((name) => `${name} prepare`), "a apply", "b apply", "c apply"];

  it("reach every node, one after the other, and again only when they change", async () => {
    assert.equal((await deliverer.up(settings())).error, undefined);
    assert.deepEqual(calls(), everyCall);
    for (const node of nodes) {
      assert.ok(readFileSync(laid(node, encryption), "utf8").includes(encryptionKey), node.name);
      assert.match(
        readFileSync(laid(node, "cluster-security/settings"), "utf8"),
        new RegExp(`^NODE=${node.name}$`, "m"),
      );
      assert.ok(
        readFileSync(laid(node, "etc/kubernetes/kubeadm/config.yaml"), "utf8").includes(
          `name: ${node.name}\n`,
        ),
      );
      assert.ok(existsSync(laid(node, applyScriptPath)));
    }
    if (!deliverer.keepsState) return;
    assert.deepEqual(await deliverer.reports(), { a: "applied: a", b: "applied: b", c: "applied: c" });

    assert.equal((await deliverer.up(settings())).error, undefined);
    assert.deepEqual(calls(), []);
    const changed = settings({ "controlPlane.audit.maxAgeDays": 31 });
    assert.equal((await deliverer.up(changed)).error, undefined);
    assert.deepEqual(calls(), everyCall);
    assert.match(
      readFileSync(laid(nodes[2]!, "etc/kubernetes/kubeadm/config.yaml"), "utf8"),
      /maxage\n +value: "31"/,
    );
  });

  it("leave the third node alone when the second one fails, say which and why, and go on from there", async () => {
    writeFileSync(join(nodes[1]!.folder, "broken"), "");
    const { error } = await deliverer.up(settings());
    assert.deepEqual(calls(), ["a prepare", "b prepare"]);
    assert.ok(existsSync(laid(nodes[0]!, encryption)));
    assert.ok(!existsSync(laid(nodes[2]!, encryption)));
    assert.match(error!, /cluster-security-apply --node b --base64 --prepare/);
    assert.match(error!, /kube-apiserver refuses its audit policy; everything is as it was/);

    rmSync(join(nodes[1]!.folder, "broken"));
    assert.equal((await deliverer.up(settings())).error, undefined);
    // What has reached the first node need not go there again before the others are prepared.
    assert.deepEqual(calls(), deliverer.keepsState ? everyCall.slice(1) : everyCall);
    assert.ok(existsSync(laid(nodes[2]!, encryption)));
  });

  it("say what to do on a node that has no script yet", async () => {
    rmSync(join(nodes[0]!.folder, "sbin", program));
    const { error } = await deliverer.up(settings());
    assert.match(
      error!,
      /\nnode a has no \/usr\/local\/sbin\/cluster-security-apply yet; lay it there once, as docs\/guides\/node-files\.md says\n/,
    );
    assert.deepEqual(calls(), []);
  });

  it("are not given to a server with another host key", async () => {
    const [a, b, c] = settings().cluster.nodes;
    const { error } = await deliverer.up({
      ...settings(),
      cluster: {
        ...settings().cluster,
        nodes: [{ ...a!, ssh: { ...a!.ssh!, hostKey: b!.ssh!.hostKey } }, b!, c!],
      },
    });
    assert.match(error!, /host key mismatch|Host key verification failed/);
    assert.deepEqual(calls(), []);
    for (const node of nodes) assert.ok(!existsSync(laid(node, encryption)));
  });

  it("let no secret be seen on the way, neither printed, nor kept in plain, nor among the processes", async () => {
    // Without the first and the last line, which are those of any key.
    const privateKey = readFileSync(key.file, "utf8").split("\n").slice(1, -2).join("\n");
    const needles: Needles = {
      "the encryption key": encryptionKey,
      "the SSH key": privateKey.slice(80, 140),
      "what is known to be seen": randomBytes(16).toString("hex"),
    };
    const unwatch = await watchProcesses(needles);
    const control = spawn("sleep", ["600"], { env: { SEEN: needles["what is known to be seen"] } });
    writeFileSync(join(nodes[1]!.folder, "broken"), "");
    const failed = await deliverer.up(settings({ "controlPlane.audit.maxAgeDays": 32 }));
    assert.notEqual(failed.error, undefined);
    rmSync(join(nodes[1]!.folder, "broken"));
    const succeeded = await deliverer.up(settings({ "controlPlane.audit.maxAgeDays": 32 }));
    assert.equal(succeeded.error, undefined);
    control.kill();
    const { programs, found } = await unwatch();
    assert.deepEqual(found, ["what is known to be seen in the environment of sleep"]);
    assert.ok(programs.includes("sh"), "the script on the node was seen");

    const records = join(folder, "records");
    mkdirSync(records);
    writeFileSync(join(records, "printed"), `${failed.printed}${failed.error}${succeeded.printed}`);
    writeFileSync(join(records, "control"), `"${needles["the encryption key"]}"`);
    assert.deepEqual(needlesBelow(records, needles), ["the encryption key in control"]);
    if (!deliverer.keepsState) return;
    assert.deepEqual(needlesBelow(join(folder, "state"), needles), []);
    assert.deepEqual(needlesBelow(nodes[2]!.folder, needles), [`the encryption key in files/${encryption}`]);
  });

  it("go through sudo, which is asked for the script alone and never for a password", () => {
    const { folder } = nodes[0]!;
    nodes[0]!.install("sudo", `#!/bin/sh\necho "$*" >>'${folder}/asked'\nshift\nexec "$@"\n`);
    const bundle = execFileSync("tar", ["--create", "--files-from=/dev/null"]).toString("base64");
    for (const stage of ["prepare", "apply"] as const) {
      const printed = execFileSync("unshare", ["--map-root-user", "--mount", "sh", nodeShell, folder], {
        env: { PATH: process.env["PATH"], SSH_ORIGINAL_COMMAND: remoteLine("a", "deploy", stage) },
        input: bundle,
        encoding: "utf8",
      });
      assert.equal(printed, "applied: a\n");
    }
    assert.deepEqual(readFileSync(join(folder, "asked"), "utf8").trimEnd().split("\n"), [
      `-n ${applyCommand("a", "prepare")}`,
      `-n ${applyCommand("a", "apply")}`,
    ]);
    assert.deepEqual(calls(), ["a prepare", "a apply"]);
  });
});
