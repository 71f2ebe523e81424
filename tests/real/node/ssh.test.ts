import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { applyScriptFile } from "../../../components/control-plane/node/bundle.js";
import { Rig } from "./rig/rig.js";
import { openDoor, sshArguments, type Door } from "./rig/sshd.js";

describe("cluster-security-apply through a real sshd", () => {
  let rig: Rig;
  let door: Door;
  let ssh: string[];
  before(async () => {
    rig = await Rig.of();
    door = await openDoor(rig.node, rig.folder);
    ssh = sshArguments(door, rig.folder);
  });
  after(async () => {
    await door?.stop();
    await rig?.stop();
  });

  /** Runs a command through ssh; `cut` ends the connection as soon as the output matches. */
  function through(
    command: string,
    input: string,
    cut?: RegExp,
  ): Promise<{ status: number | null; output: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn("ssh", [...ssh, command]);
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (text) => {
          output += String(text);
          if (cut?.test(output)) child.kill("SIGKILL");
        });
      }
      child.on("error", reject);
      child.on("close", (status) => resolve({ status, output }));
      child.stdin.on("error", () => {});
      child.stdin.end(input);
    });
  }
  const bundle = async (wish: Parameters<Rig["bundle"]>[0]) => (await rig.bundle(wish)).toString("base64");

  it("installs the script, then applies", async () => {
    const { path, content } = applyScriptFile();
    const copied = await through(
      `cat >${path}.new && chmod 0755 ${path}.new && mv ${path}.new ${path}`,
      content,
    );
    assert.equal(copied.status, 0, copied.output);
    const { status, output } = await through(
      `${path} --node a --base64`,
      await bundle({ identityFallback: true }),
    );
    assert.equal(status, 0, output);
    assert.match(output, /\napplied: 3 files; .*; secrets will be stored as secretbox:key1\n$/);
  });

  it("goes on to its end when the connection breaks", async () => {
    const wish = { identityFallback: true, secretsLevel: "RequestResponse" } as const;
    const { status } = await through(
      "cluster-security-apply --node a --base64",
      await bundle(wish),
      /-- kube-apiserver/,
    );
    assert.equal(status, null);
    await rig.node.sh("flock -w 120 /var/lib/cluster-security/lock true");
    assert.equal(await rig.applied(wish), "applied: nothing changed");
  });

  it("says in the exit status and on the terminal why it refuses", async () => {
    const { status, output } = await through(
      "cluster-security-apply --node a --base64",
      await bundle({ podSubnet: "10.1.0.0/16" }),
    );
    assert.equal(status, 1);
    assert.match(
      output,
      /networking\.podSubnet: the settings say 10\.1\.0\.0\/16, the cluster has 10\.244\.0\.0\/16/,
    );
  });
});
