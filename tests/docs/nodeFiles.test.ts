import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseDocument } from "yaml";
import { applyScriptFile } from "../../components/control-plane/node/bundle.js";
import { applyCommand, stagesOf } from "../../components/control-plane/node/delivery.js";
import { readSettings } from "../../cli/kit/settings.js";
import { userNamespaceProblem } from "../../cli/lab/sealedSecrets/userNamespaces.js";
import { findOnPath } from "../../cli/kit/toolchain/tool.js";
import { SshNode, sshKey } from "../real/node/sshNode.js";
import { allBlocks, documented } from "./claims.js";
import { Sandbox } from "./sandbox.js";

const page = "docs/guides/node-files.md";

describe(page, () => {
  let sandbox: Sandbox;
  const bare = (): string[] => [
    ...["unshare", "--map-root-user", "--mount", "sh"],
    fileURLToPath(new URL("bareNode.sh", import.meta.url)),
    join(sandbox.root, "scratch"),
  ];
  const block = (language: string, nth = 0) =>
    allBlocks.filter((block) => block.document === page && block.language === language)[nth]!.text;
  const settingsFile = () => join(sandbox.checkout, "Pulumi.musashi.yaml");
  const key = randomBytes(32).toString("base64");

  before(async function () {
    const problem = userNamespaceProblem();
    assert.equal(problem, undefined);
    sandbox = await Sandbox.of(this, ["pulumi"]);
    await sandbox.run("pulumi stack init musashi");
  });
  after(() => sandbox?.remove());

  documented(
    page,
    "Export",
    "7f50d218",
    "says what is missing, and then writes the archive",
    async ({ text }) => {
      const error = await sandbox.run(text).then(
        () => assert.fail("without the key there are no files"),
        (error: Error) => error.message,
      );
      const line = /^ {6}give it: (.+)$/m.exec(error)![1]!;
      await sandbox.run(line, { stdin: key });
      const { stdout } = await sandbox.run(text);
      const archive = join(sandbox.home, "node-files.tar");
      assert.ok(stdout.endsWith(`\nfrom the settings of musashi:\n  ${archive}\n`), stdout);
      assert.equal(statSync(archive).mode & 0o777, 0o600);
    },
  );

  documented(page, "Export (2)", "807190ed", "lays the files, and says how to go on", async ({ text }) => {
    const cwd = join(sandbox.root, "node");
    mkdirSync(cwd);
    copyFileSync(join(sandbox.home, "node-files.tar"), join(cwd, "node-files.tar"));
    const { stdout } = await sandbox.run(
      `${text}stat --format '%a %n' /etc/kubernetes/enc/enc.yaml\ngrep secret: /etc/kubernetes/enc/enc.yaml\nls`,
      { cwd, within: bare() },
    );
    assert.match(stdout, /kubeadm init --config \/etc\/kubernetes\/kubeadm\/config\.yaml\n/);
    assert.match(
      stdout,
      new RegExp(`\n600 /etc/kubernetes/enc/enc.yaml\n +secret: ${key.replaceAll("+", "\\+")}\n$`),
    );
  });

  it("Export (3): is a playbook that prepares every node, one after the other, before it changes the first", async () => {
    type Play = { serial: number; tasks: Record<string, any>[] };
    const plays = parse(block("yaml")) as Play[];
    assert.equal(plays.length, stagesOf(["a", "b"]).length);
    for (const [index, stage] of stagesOf(["a", "b"]).entries()) {
      const { serial, tasks } = plays[index]!;
      assert.equal(serial, 1);
      const { src, dest, mode } = tasks[0]!["ansible.builtin.copy"];
      assert.deepEqual([src, mode], ["~/node-files-{{ inventory_hostname }}.tar", "0600"]);
      const shell = tasks[1]!["ansible.builtin.shell"] as string;
      assert.ok(
        shell.includes(
          `\n${applyCommand("{{ inventory_hostname }}", stage).replace(" --base64", "")} < ${dest}\n`,
        ),
      );

      const archive = join(sandbox.root, `run-${stage}.tar`);
      copyFileSync(join(sandbox.home, "node-files.tar"), archive);
      const filled = shell
        .replaceAll("{{ inventory_hostname }}", "musashi")
        .replaceAll(dest as string, archive);
      // As Ansible runs it.
      writeFileSync(join(sandbox.root, "play.sh"), filled);
      const play = (then: string) =>
        sandbox.run(`/bin/sh '${join(sandbox.root, "play.sh")}' ${then}`, { within: bare() });
      const { stdout } = await play("&& stat --format '%a %n' /etc/kubernetes/enc/enc.yaml");
      assert.match(stdout, /\napplied: \d+ files\n600 \/etc\/kubernetes\/enc\/enc\.yaml\n$/);
      assert.ok(!existsSync(archive), "the keys do not stay in /run");
      writeFileSync(archive, "cut off");
      await assert.rejects(play(""), /tar/);
      assert.ok(!existsSync(archive));
    }
  });

  documented(
    page,
    "SSH (2)",
    "3b8637bb",
    "keeps the key encrypted, and the plan takes it",
    async ({ text }) => {
      const document = parseDocument(readFileSync(settingsFile(), "utf8"));
      const { config } = parse(block("yaml", 1));
      document.setIn(
        ["config", "cluster-security:cluster", "nodes"],
        config["cluster-security:cluster"].nodes,
      );
      document.setIn(["config", "cluster-security:controlPlane", "delivery"], "ssh");
      writeFileSync(settingsFile(), String(document));
      const file = join(sandbox.home, ".ssh/cluster-security");
      mkdirSync(join(sandbox.home, ".ssh"), { mode: 0o700 });
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
      await sandbox.run(text);

      const written = readFileSync(settingsFile(), "utf8");
      assert.ok(!written.includes(readFileSync(file, "utf8").split("\n")[2]!));
      const { controlPlane, cluster } = (await readSettings("musashi", { tree: sandbox.checkout })).settings;
      assert.equal(controlPlane.delivery, "ssh");
      assert.ok(cluster.nodes[0]!.ssh!.privateKey);
      // Decrypted, it is still a key of the form that the settings want.
      await sandbox.run("npm run --silent node-files -- --stack musashi --out ~/node-files.tar");
    },
  );

  it("SSH (3): allows the very commands that Pulumi runs, and sudo would take them", function () {
    const lines = block("properties").trimEnd().split("\n");
    const stages = stagesOf(["musashi", "another"]).reverse();
    assert.deepEqual(
      lines,
      stages.map((stage) => `cluster-security ALL=(root) NOPASSWD: ${applyCommand("musashi", stage)}`),
    );
    try {
      execFileSync("/usr/sbin/visudo", ["--check", "--quiet", "--file=-"], { input: block("properties") });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      console.log("      no visudo here: not seen by sudo itself");
    }
  });

  describe("the first delivery over SSH", () => {
    let node: SshNode;
    before(async () => {
      const key = sshKey(join(sandbox.root, "client_key"));
      node = await SshNode.start("musashi", "127.0.0.1", join(sandbox.root, "ssh-node"), key.publicKey);
      const known = join(sandbox.root, "known_hosts");
      writeFileSync(known, `[${node.address}]:${node.port} ${node.hostKey}\n`);
      const config = join(sandbox.root, "ssh_config");
      writeFileSync(
        config,
        [
          "Host 192.168.1.133",
          `HostName ${node.address}`,
          `Port ${node.port}`,
          `User ${SshNode.user}`,
          `IdentityFile ${key.file}`,
          "IdentitiesOnly yes",
          `UserKnownHostsFile ${known}`,
          "BatchMode yes",
          "",
        ].join("\n"),
      );
      // It reads the configuration in the user's own home alone.
      const ssh = `#!/bin/sh\nexec '${findOnPath("ssh")}' -F '${config}' "$@"\n`;
      writeFileSync(join(sandbox.bin, "ssh"), ssh, { mode: 0o755 });
    });
    after(() => node?.stop());

    documented(
      page,
      "SSH (4)",
      "e3231d9e",
      "brings the node the whole script, and leaves no key",
      async ({ text }) => {
        await sandbox.run(text);
        const copied = readFileSync(join(node.folder, "home/cluster-security-apply"), "utf8");
        assert.equal(copied, applyScriptFile().content);
        assert.ok(!existsSync(join(sandbox.home, "node-files.tar")));
      },
    );

    documented(
      page,
      "SSH (5)",
      "04e61082",
      "lays the script where it is looked for, where it takes what pulumi up sends",
      async ({ text }) => {
        const commands = `${text}stat --format '%a %u %n' /usr/local/sbin/*; ls ~`;
        const { stdout } = await sandbox.run('ssh 192.168.1.133 "set -e; $commands"', { env: { commands } });
        assert.equal(stdout, "755 0 /usr/local/sbin/cluster-security-apply\n");

        await sandbox.run("npm run --silent node-files -- --stack musashi --out ~/node-files.tar");
        const laid = await sandbox.run(
          `cp '${join(node.folder, "sbin/cluster-security-apply")}' /usr/local/sbin/
          base64 ~/node-files.tar | ${applyCommand("musashi", "apply")}`,
          { within: bare() },
        );
        assert.match(laid.stdout, /kubeadm init --config \/etc\/kubernetes\/kubeadm\/config\.yaml\n/);
      },
    );
  });
});
