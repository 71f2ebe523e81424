import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";

/** A file of the program's node file list, with its content known. */
export interface WrittenFile {
  path: string;
  mode: string;
  content: string;
}

/** Writes the node's files below the folder that stands for its root. */
export function writeNodeFiles(node: string, files: WrittenFile[]): void {
  for (const { path, mode, content } of files) {
    const target = join(node, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    writeFileSync(target, content, { mode: Number.parseInt(mode, 8) });
  }
}

/**
 * The program's kubeadm configuration with one change: certificates lie below the node's folder. kubeadm writes them
 * itself, so it has to know; every other path is moved when a process is started.
 */
export function labConfiguration(configuration: string, node: string): string {
  return parseAllDocuments(configuration)
    .map((document) => document.toJSON() as Record<string, unknown>)
    .map((document) =>
      document["kind"] === "ClusterConfiguration"
        ? { ...withLocalNames(document), certificatesDir: join(node, "etc/kubernetes/pki") }
        : document,
    )
    .map((document) => stringify(document))
    .join("---\n");
}

/** The API server's certificate is for this machine too, whatever names a stack gives it. */
function withLocalNames(configuration: Record<string, any>): Record<string, unknown> {
  const { apiServer } = configuration;
  const names = [...((apiServer?.certSANs ?? []) as string[]), "127.0.0.1", "localhost"];
  return { ...configuration, apiServer: { ...apiServer, certSANs: [...new Set(names)] } };
}

/** Runs kubeadm on a configuration file and answers with what it printed. */
export function kubeadm(binary: string, args: string[], dryRunFolder: string): string {
  mkdirSync(dryRunFolder, { recursive: true, mode: 0o700 });
  const { status, stdout, stderr, error } = spawnSync(binary, args, {
    encoding: "utf8",
    // kubeadm then writes manifests there instead of to /etc/kubernetes/manifests, and asks for no root.
    env: { PATH: process.env["PATH"] ?? "", HOME: dryRunFolder, KUBEADM_INIT_DRYRUN_DIR: dryRunFolder },
  });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`kubeadm ${args.slice(0, 4).join(" ")} failed:\n${stderr.trim() || stdout.trim()}`);
  return stdout;
}

/** Issues what is missing: certificates and the kubeconfig files of the control plane. What exists is kept. */
export function issueCredentials(binary: string, configFile: string, node: string, server: string): void {
  const scratch = join(node, "tmp/kubeadm");
  kubeadm(binary, ["init", "phase", "certs", "all", "--config", configFile], scratch);
  const folder = join(node, "etc/kubernetes");
  for (const name of ["super-admin", "controller-manager", "scheduler"]) {
    const file = join(folder, `${name}.conf`);
    kubeadm(
      binary,
      ["init", "phase", "kubeconfig", name, "--config", configFile, "--kubeconfig-dir", folder],
      scratch,
    );
    const written = readFileSync(file, "utf8").replace(/server: .*/, `server: ${server}`);
    writeFileSync(file, written, { mode: 0o600 });
  }
}

/** The static-pod manifests kubeadm renders from the configuration, by component. */
export function renderManifests(binary: string, configFile: string, node: string): Record<string, string> {
  const folder = join(node, "tmp/manifests");
  kubeadm(binary, ["init", "phase", "control-plane", "all", "--config", configFile, "--dry-run"], folder);
  kubeadm(binary, ["init", "phase", "etcd", "local", "--config", configFile, "--dry-run"], folder);
  return Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => [file.replace(/\.yaml$/, ""), readFileSync(join(folder, file), "utf8")]),
  );
}
