import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../../cli/kit/until.js";
import { apply } from "../../../cli/lab/node/cluster.js";
import type { Member } from "../../../cli/lab/node/nodes.js";

/** Where a run of the script keeps its lock, and what it notes. */
const state = "var/lib/cluster-security";

/** Every file that a run may change on a node, with its sum. */
export async function filesOf({ node }: Member): Promise<string> {
  const sums = "find /etc/kubernetes /var/lib/kubelet/config.yaml -type f -exec sha256sum {} + | sort -k2";
  return (await node.run(["sh", "-c", sums])).stdout;
}

/** The level at which each node's API server logs a request for the Secret default/needle. */
export async function levelsOf(members: readonly Member[]): Promise<string[]> {
  const found: string[] = [];
  for (const { node, address } of members) {
    await node.run(["kubectl", "--server", `https://${address}:6443`, "get", "secret", "needle"]);
    const grep = ["grep", "--fixed-strings", '"name":"needle"', "/var/log/kubernetes/audit/audit.log"];
    const line = (await node.run(grep)).stdout.trim().split("\n").at(-1)!;
    found.push((JSON.parse(line) as { level: string }).level);
  }
  return found;
}

/**
 * Begins to apply a bundle and breaks that off while it waits for the API server that it has changed.
 *
 * @param end Ends the run; gets the number that its process has in the node.
 */
export async function brokenOff(
  member: Member,
  bundle: Buffer,
  end: (pid: string) => Promise<void>,
): Promise<void> {
  const { root } = member.node;
  const failed = apply(member.node, member.name, bundle).then(
    (line) => Promise.reject(new Error(`it came to its end: ${line}`)),
    () => {},
  );
  await until(
    () => {
      const journal = join(root, state, "unfinished");
      if (!existsSync(journal)) return false;
      const [, backup] = /^backup=(.*)$/m.exec(readFileSync(journal, "utf8")) ?? [];
      const log = join(root, backup!, "log");
      return readFileSync(log, "utf8").includes("-- waiting for kube-apiserver");
    },
    "no API server was changed",
    { seconds: 180 },
  );
  await end(readFileSync(join(root, state, "lock"), "utf8").split(" ")[0]!);
  await failed;
}

/** Cuts a node's power off and waits until it is up again. */
export async function powerCut({ node }: Member): Promise<void> {
  const { root } = node;
  await node.run(["systemctl", "reboot", "--force", "--force"]).catch(() => {});
  const isUp = async (): Promise<boolean> =>
    node.root !== root &&
    (await node.run(["systemctl", "is-active", "containerd"]).then(
      () => true,
      () => false,
    ));
  await until(isUp, "the node does not come back", { seconds: 120 });
}
