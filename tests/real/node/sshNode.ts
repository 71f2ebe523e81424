import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { debian } from "../../../cli/test/packages.js";

/** What a login on a node starts. */
export const nodeShell = fileURLToPath(new URL("nodeShell.sh", import.meta.url));
/** Where a server started by root shuts itself in before anybody has logged in. */
const privilegeSeparation = "/run/sshd";

/** A pair of keys: the file of the private one, and the public one as authorized_keys has it. */
export interface SshKey {
  file: string;
  publicKey: string;
}

export function sshKey(file: string): SshKey {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file]);
  return { file, publicKey: readFileSync(`${file}.pub`, "utf8").trim() };
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
    private readonly madeFolder: boolean,
  ) {}

  /** @param authorized Public key that is let in. */
  static async start(name: string, address: string, folder: string, authorized: string): Promise<SshNode> {
    for (const part of ["sbin", "home", "files"]) mkdirSync(join(folder, part), { recursive: true });
    const { file, publicKey } = sshKey(join(folder, "host_key"));
    writeFileSync(join(folder, "authorized_keys"), `${authorized}\n`);
    const port = await freePort(address);
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
    const madeFolder = process.getuid!() === 0 && !existsSync(privilegeSeparation);
    if (madeFolder) mkdirSync(privilegeSeparation, { mode: 0o755 });
    const server = spawn(debian("sshd"), ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
    let log = "";
    server.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
    const kill = () => server.kill("SIGKILL");
    process.once("exit", kill);
    server.once("close", () => process.off("exit", kill));
    for (let tries = 0; !(await answers(address, port)); tries++) {
      if (tries === 100 || server.exitCode !== null) throw new Error(`sshd does not come up:\n${log}`);
      await sleep(50);
    }
    return new SshNode(name, address, port, publicKey, folder, server, madeFolder);
  }

  /** Lays a program into the node's /usr/local/sbin. */
  install(program: string, text: string): void {
    writeFileSync(join(this.folder, "sbin", program), text, { mode: 0o755 });
  }

  stop(): void {
    this.server.kill("SIGTERM");
    if (this.madeFolder) rmdirSync(privilegeSeparation);
  }
}

function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, address, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address, () => resolve(true));
    socket.on("error", () => resolve(false)).on("connect", () => socket.end());
  });
}
