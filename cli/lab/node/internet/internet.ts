import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { acmeHosts } from "../../../../components/certificates/issuers.js";
import type { Settings } from "../../../../stacks/settings/index.js";
import type { Progress } from "../../../kit/progress.js";
import { dyingWithThis } from "../../../kit/run.js";
import { UserError } from "../../../kit/userError.js";
import { refusesStarts } from "../../cluster/daemon.js";
import { repositoriesFolder } from "../neighbours/repository.js";
import type { RealNode } from "../realNode.js";
import type { GitServer } from "./git.js";
import type { S3Key } from "./s3.js";

const require = createRequire(import.meta.url);

/** Where the node's DNS leads (../init.sh), and what it finds there: for documentation (RFC 5737). */
const address = "192.0.2.1";

const cloudflare = "api.cloudflare.com";

/** How long certificates of Let's Encrypt are valid. */
const validitySeconds = 90 * 24 * 3600;

export interface InternetOptions {
  settings: Settings;
  /** Resolvers, address:port, that the settings name; see plainResolvers. */
  resolvers: string[];
  /** Paths of the programs. */
  programs: Record<"pebble" | "pebble-challtestsrv" | "rclone", string>;
  /** Folder for its files; it exists, and goes with the node. */
  folder: string;
  /** File that what it says is added to. */
  log: string;
  /** How long the certificates that it issues are valid. Default: 90 days. */
  validitySeconds?: number;
  progress: Progress;
}

/** What the process in the node's network is to serve. */
export interface Task {
  address: string;
  /** Names of the ACME server. */
  acmeHosts: string[];
  cloudflareHost: string;
  /** What the name of Oracle's S3 API ends with; it begins with that of the tenancy. */
  oracleDomain: string;
  /** Resolvers, address:port, that know what challenges are answered with. */
  resolvers: string[];
  zone: string;
  git: GitServer;
  /** Files with the key and the certificate of all these names. */
  tls: { key: string; certificate: string };
  programs: InternetOptions["programs"];
  folder: string;
  validitySeconds: number;
}

/** What the process is told: what to do first, then what the clouds know from then on. */
export type Message =
  | { task: Task }
  /** A token that Cloudflare's API takes. */
  | { token: string }
  /** A key of Oracle's S3 API. */
  | { key: S3Key }
  | { bucket: { namespace: string; name: string } };

/** What it says, once: the certificate that everything it issues leads to, or why it does not start. */
export type Answer = { root: string } | { problem: string };

/**
 * What cert-manager, backups and ArgoCD need of the internet, in the network of a node, under the names that the program's
 * settings give: pebble in place of Let's Encrypt, the lab's server in place of Cloudflare, the resolvers that the DNS-01 check
 * asks, rclone in place of Oracle's S3 API, and the applications' repositories. It ends with this process.
 */
export class InternetStandIn {
  private isStopped = false;

  private constructor(
    private readonly process: ChildProcess,
    /** File with the certificate of the authority that vouches for the servers. */
    readonly authority: string,
    /** Certificate, in PEM form, that all issued ones lead to. */
    readonly root: string,
  ) {}

  /** @throws UserError with the reason if it does not come up. */
  static async start(node: RealNode, options: InternetOptions): Promise<InternetStandIn> {
    const { folder, programs, resolvers, log, progress } = options;
    const { certificates, backups } = options.settings;
    const { acme, zone } = certificates;
    const oracleDomain = `.compat.objectstorage.${backups.oci.region}.oraclecloud.com`;
    const names = { acmeHosts: acmeHosts(acme.environment), cloudflareHost: cloudflare, oracleDomain };
    const git = gitServer(node, options.settings);
    mkdirSync(folder, { mode: 0o700 });
    const hosts = [...names.acmeHosts, cloudflare, `*${oracleDomain}`, ...git.hosts];
    const tls = await certificateFor(node, hosts, folder);
    const task: Task = {
      ...{ ...names, git, address, zone, tls, programs, folder, resolvers },
      validitySeconds: options.validitySeconds ?? validitySeconds,
    };
    const tsx = pathToFileURL(require.resolve("tsx")).href;
    const script = fileURLToPath(new URL("internetProcess.ts", import.meta.url));
    const [program, ...args] = dyingWithThis(node.onItsNetwork([process.execPath, "--import", tsx, script]));
    const output = openSync(log, "a", 0o600);
    const child = spawn(program!, args, { stdio: ["ignore", output, output, "ipc"], detached: true });
    closeSync(output);
    const answer = await new Promise<Answer>((resolve) => {
      child.once("message", (message) => resolve(message as Answer));
      child.once("error", ({ message }) => resolve({ problem: message }));
      child.once("exit", () => resolve({ problem: readFileSync(log, "utf8").trim() }));
      child.send({ task } satisfies Message);
    });
    if ("problem" in answer) {
      child.kill();
      throw new UserError(`what stands in for the internet does not start: ${answer.problem}`);
    }
    child.unref();
    child.channel!.unref();
    const started = new InternetStandIn(child, tls.certificate, answer.root);
    child.once("exit", () => {
      if (started.isStopped || refusesStarts()) return;
      progress.note(`What stands in for the internet has ended; see ${relative(process.cwd(), log)}`);
    });
    return started;
  }

  tell(message: Message): void {
    if (this.process.connected) this.process.send(message);
  }

  stop(): void {
    this.isStopped = true;
    if (this.process.connected) this.process.disconnect();
  }
}

/** The hosts of the applications' repositories, with what is in the node's folder of them. */
function gitServer(node: RealNode, { access }: Settings): GitServer {
  const hosts = access.argocd.applications.map(({ repository }) => new URL(repository).hostname);
  const variables = [`GIT_PROJECT_ROOT=${repositoriesFolder}`, "GIT_HTTP_EXPORT_ALL=1"];
  return { hosts: [...new Set(hosts)], command: node.command(["env", ...variables]) };
}

/** A key and a certificate of its own for the names, made by the node's OpenSSL. */
async function certificateFor(node: RealNode, names: string[], folder: string): Promise<Task["tls"]> {
  const alternatives = [...names.map((name) => `DNS:${name}`), "IP:127.0.0.1"].join(",");
  const { stdout } = await node.run([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-days", "90", "-subj", "/CN=authority of the lab", "-addext", `subjectAltName=${alternatives}`],
    ...["-keyout", "-", "-out", "-"],
  ]);
  const tls = { key: join(folder, "key.pem"), certificate: join(folder, "certificate.pem") };
  const parts = /^(-----BEGIN PRIVATE KEY-----.*?\n)(-----BEGIN CERTIFICATE-----.*)$/s.exec(stdout)!;
  writeFileSync(tls.key, parts[1]!, { mode: 0o600 });
  writeFileSync(tls.certificate, parts[2]!);
  return tls;
}

/** @throws UserError for a resolver of another kind than those that are stood in for. */
export function plainResolvers(resolvers: readonly string[]): string[] {
  const other = resolvers.find((resolver) => !/^\d+(\.\d+){3}:\d+$/.test(resolver));
  if (other === undefined) return [...resolvers];
  throw new UserError(
    `certificates.acme.recursiveNameservers: a node of the lab has resolvers such as 1.1.1.1:53, and not ${other}`,
  );
}
