import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dyingWithThis } from "../../../cli/kit/run.js";
import { until } from "../../../cli/kit/until.js";
import { freePorts } from "../../../cli/lab/cluster/ports.js";
import { debian } from "../../../cli/test/packages.js";

/** What a login on a node starts. */
export const nodeShell = fileURLToPath(new URL("nodeShell.sh", import.meta.url));

/** A pair of keys: the file of the private one, and the public one as authorized_keys has it. */
export interface SshKey {
  file: string;
  publicKey: string;
}

export function sshKey(file: string): SshKey {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file]);
  return { file, publicKey: readFileSync(`${file}.pub`, "utf8").trim() };
}

/** Starts an SSH server that dies with this process, and waits until it listens. */
export async function startSshd(config: string): Promise<ChildProcess> {
  // Where a server started by root shuts itself in before anybody has logged in.
  if (process.getuid!() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const [program, ...args] = dyingWithThis([debian("sshd"), "-D", "-e", "-f", config]);
  const server = spawn(program!, args, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const isListening = () => log.includes("Server listening");
  await until(isListening, () => `sshd does not start:\n${log}`, { seconds: 5, pause: 20 });
  return server;
}

/** A real SSH server on a loopback address, whose machine is a folder. */
export class SshNode {
  /** Account of the user who runs the test, the only one a server without root can let in. */
  static readonly user = userInfo().username;

  private constructor(
    readonly name: string,
    readonly address: string,
    readonly port: number,
    readonly hostKey: string,
    /** Holds sbin (the node's /usr/local/sbin), home (where a login begins) and files. */
    readonly folder: string,
    private readonly server: ChildProcess,
  ) {}

  /** @param authorized Public key that is let in. */
  static async start(name: string, address: string, folder: string, authorized: string): Promise<SshNode> {
    for (const part of ["sbin", "home", "files"]) mkdirSync(join(folder, part), { recursive: true });
    const { file, publicKey } = sshKey(join(folder, "host_key"));
    writeFileSync(join(folder, "authorized_keys"), `${authorized}\n`);
    const [port] = await freePorts(1);
    const config = join(folder, "sshd_config");
    writeFileSync(
      config,
      [
        `ListenAddress ${address}:${port}`,
        `HostKey ${file}`,
        `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
        "PidFile none",
        // The folder of a test is not a home; and PAM is root's.
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin prohibit-password",
        `ForceCommand unshare --map-root-user --mount sh '${nodeShell}' '${folder}'`,
        "",
      ].join("\n"),
    );
    const server = await startSshd(config);
    return new SshNode(name, address, port!, publicKey, folder, server);
  }

  /** Lays a program into the node's /usr/local/sbin. */
  install(program: string, text: string): void {
    writeFileSync(join(this.folder, "sbin", program), text, { mode: 0o755 });
  }

  stop(): void {
    this.server.kill("SIGTERM");
  }
}
