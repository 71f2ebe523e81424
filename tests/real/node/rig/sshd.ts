import type { ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../../../cli/lab/cluster/ports.js";
import { sshKey, startSshd } from "../sshNode.js";
import type { RigNode } from "./rigNode.js";

/** What somebody needs to sign in. */
export interface Door {
  host: string;
  port: number;
  user: string;
  /** Line of the server's public key: algorithm and key. */
  hostKey: string;
  /** In OpenSSH's format. */
  privateKey: string;
  stop(): Promise<void>;
}

/**
 * A real sshd on the loopback interface, with keys and configuration of its own. The key signs in as root of
 * the node: what is to be run runs there, whatever the user of this machine is.
 */
export async function openDoor(node: RigNode, folder: string): Promise<Door> {
  const own = join(folder, `sshd-${node.name}`);
  mkdirSync(own, { mode: 0o700 });
  const [host, user] = ["host", "user"].map((name) => sshKey(join(own, name)));
  writeFileSync(join(own, "authorized_keys"), `${user!.publicKey}\n`, { mode: 0o600 });
  // Its environment is sshd's; the command is in SSH_ORIGINAL_COMMAND.
  writeFileSync(
    join(own, "enter.sh"),
    `#!/bin/sh\nexec env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/var/lib/kubelet ${node.enter.join(" ")} --wd=/ sh -c "$SSH_ORIGINAL_COMMAND"\n`,
    { mode: 0o700 },
  );
  const [port] = await freePorts(1);
  writeFileSync(
    join(own, "config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${host!.file}`,
      `AuthorizedKeysFile ${join(own, "authorized_keys")}`,
      `PidFile ${join(own, "pid")}`,
      "UsePAM no",
      "PasswordAuthentication no",
      "PermitRootLogin prohibit-password",
      // The folder is below /tmp, which others may write to.
      "StrictModes no",
      `ForceCommand ${join(own, "enter.sh")}`,
      "",
    ].join("\n"),
  );
  const child = await startSshd(join(own, "config"));
  return {
    host: "127.0.0.1",
    port: port!,
    user: userInfo().username,
    hostKey: host!.publicKey,
    privateKey: readFileSync(user!.file, "utf8"),
    stop: () => ended(child),
  };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    process.kill(child.pid!, "SIGTERM");
  });
}

/** Arguments of ssh through the door, trusting its host key alone. */
export function sshArguments(door: Door, folder: string): string[] {
  const known = join(folder, "known_hosts");
  const identity = join(folder, "identity");
  writeFileSync(known, `[${door.host}]:${door.port} ${door.hostKey}\n`);
  writeFileSync(identity, door.privateKey, { mode: 0o600 });
  return [
    ...["-F", "none", "-i", identity, "-p", String(door.port)],
    ...["-o", `UserKnownHostsFile=${known}`, "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes"],
    `${door.user}@${door.host}`,
  ];
}
