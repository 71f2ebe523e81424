import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { applyScriptFile } from "../../../components/control-plane/node/bundle.js";
import { run } from "../../../cli/kit/run.js";
import type { Member } from "../../../cli/lab/node/nodes.js";
import type { Phases } from "../../../cli/lab/phases.js";
import { nodeFilesOf } from "../../../stacks/sections/controlPlane.js";
import type { Settings } from "../../../stacks/settings/index.js";
import { capture } from "../../kit/capture.js";
import { textOf } from "../../docs/claims.js";
import { sshArguments } from "../node/rig/sshd.js";
import { sshKey, type SshKey } from "../node/sshNode.js";

const user = "cluster-security";

/** Makes the account of docs/guides/node-files.md on a node; returns the server's public key. */
const openDoor = `
ssh-keygen -q -A
useradd --create-home --shell /bin/sh "$user"
install --directory --owner "$user" --group "$user" --mode 0700 "/home/$user/.ssh"
echo "restrict $key" >"/home/$user/.ssh/authorized_keys"
chown "$user:" "/home/$user/.ssh/authorized_keys"
install --mode 0440 /dev/stdin "/etc/sudoers.d/$user"
visudo --check --quiet
systemctl unmask --quiet ssh
systemctl enable --quiet --now ssh
cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub`;

/** The lines for sudo of the guide, for a node. */
const sudoers = (node: string): string =>
  /```properties\n(.*?)```/s
    .exec(textOf("docs/guides/node-files.md"))![1]!
    .replaceAll(" musashi ", ` ${node} `);

/** The program's delivery over SSH: its own commands, by ssh to the SSH server of each node. */
export class SshDelivery {
  private constructor(
    private readonly members: readonly Member[],
    private readonly folder: string,
    private readonly key: SshKey,
    private readonly hostKeys: ReadonlyMap<string, string>,
    private readonly phases: Phases,
  ) {}

  /** @param folder Must not exist. */
  static async to(members: readonly Member[], folder: string, phases: Phases): Promise<SshDelivery> {
    mkdirSync(folder, { mode: 0o700 });
    const key = sshKey(join(folder, "key"));
    const hostKeys = new Map<string, string>();
    const { path, content } = applyScriptFile();
    for (const { name, node } of members) {
      await node.run(["sh", "-c", `cat >${path} && chmod 0755 ${path}`], content);
      const env = ["env", `user=${user}`, `key=${key.publicKey}`];
      const { stdout } = await node.run([...env, "sh", "-euc", openDoor], sudoers(name));
      hostKeys.set(name, stdout.trim());
    }
    // An address for what is on the nodes' network and is none of them.
    await run(members[0]!.node.onItsNetwork(["ip", "address", "add", "192.0.2.254/24", "dev", "lan0"]));
    return new SshDelivery(members, folder, key, hostKeys, phases);
  }

  /**
   * Delivers the node files of the settings, as `pulumi up` does: command after command, up to the first that fails.
   *
   * @param given What nodes are given in place of their own bundles.
   * @returns the last line of each command.
   * @throws CommandFailed
   */
  async up(settings: Settings, given: Readonly<Record<string, Buffer>> = {}): Promise<string[]> {
    const nodes = settings.cluster.nodes.map((node) => ({
      ...node,
      ssh: { user, port: 22, hostKey: this.hostKeys.get(node.name)! },
    }));
    const withSsh = {
      ...settings,
      cluster: { ...settings.cluster, nodes },
      controlPlane: { ...settings.controlPlane, delivery: "ssh" as const },
    };
    const outputs = () => ({ result: "a password", stdout: "", stderr: "" });
    const { resources } = await capture(() => nodeFilesOf(withSsh), { outputs });
    const lines: string[] = [];
    for (const { type, name: resource, inputs } of resources) {
      if (type !== "command:remote:Command") continue;
      const { name, node } = this.members.find(({ address }) => address === inputs["connection"].host)!;
      const ssh = sshArguments(
        { ...inputs["connection"], privateKey: readFileSync(this.key.file, "utf8") },
        this.folder,
      );
      const command = node.onItsNetwork(["ssh", ...ssh, inputs["create"]]);
      const input = given[name]?.toString("base64") ?? inputs["stdin"];
      const delivered = async () => (await run(command, { input })).stdout.trim().split("\n").at(-1)!;
      lines.push(await this.phases.run(resource, delivered, (last) => last));
    }
    return lines;
  }
}
