import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pack } from "tar-stream";
import type { AuditLevel } from "../../audit/auditPolicy.js";
import { encryptionConfigPath, type EncryptionKeyArgs } from "../encryptionAtRest.js";
import { auditLogPath } from "../hardening/apiServer.js";
import { kubeadmConfigPath } from "../kubeadmConfig.js";
import type { ControlPlaneNode } from "../kubeadmDocuments.js";
import type { NodeFile } from "../nodeFile.js";

/** A node file with its content known. */
export type KnownNodeFile = NodeFile & { content: string };

/** What the script on a node has to know and cannot see in the files themselves. */
export interface NodeFacts {
  /** Name of the cluster. */
  cluster: string;
  /** Every control-plane node: before a key writes, the API server of each one has to be able to read it. */
  nodes: ControlPlaneNode[];
  /** The keys that are rendered, in their order; the first one writes. Names only. */
  encryptionKeys: Pick<EncryptionKeyArgs, "provider" | "name">[];
  /** True: what is stored in plain text can be read as well. */
  identityFallback: boolean;
  /** Level at which a request about a Secret has to appear in the audit log. */
  auditSecretsLevel: AuditLevel;
}

/** Where the script lies on a node. */
export const applyScriptPath = "/usr/local/sbin/cluster-security-apply";

/** The script that puts a bundle into effect on a node; one of the node's files. */
export function applyScriptFile(): KnownNodeFile {
  return {
    path: applyScriptPath,
    mode: "0755",
    content: inlined(new URL("apply.sh", import.meta.url)),
  };
}

/** A script with the parts that it reads in written in their places: one file is all that a node has to be given. */
function inlined(script: URL): string {
  return readFileSync(script, "utf8").replace(/^\. "\$\{0%\/\*\}\/(.+)"$/gm, (_, part: string) =>
    readFileSync(new URL(part, script), "utf8")
      .replace(/^# shellcheck .*\n/, "")
      .trimEnd(),
  );
}

/** The bundle's member that holds the facts. */
export const settingsMember = "cluster-security/settings";

/**
 * What `cluster-security-apply --node <node>` reads on its standard input: a ustar archive of the node's files at their
 * absolute paths without the leading slash, after the facts. The same files and facts always give the same bytes. It holds
 * the encryption keys wherever the files do.
 *
 * @param files Files of all nodes; the ones for other nodes are left out.
 * @throws Error on two files at one path, on an invalid path or mode, and on a node that is not among the facts' nodes.
 */
export async function nodeBundle(files: KnownNodeFile[], node: string, facts: NodeFacts): Promise<Buffer> {
  const members = files
    .filter((file) => file.node === undefined || file.node === node)
    .map(({ path, mode, content }) => {
      if (!/^(\/[A-Za-z0-9@_+.-]+)+$/.test(path) || path.split("/").some((part) => /^\.\.?$/.test(part)))
        throw new Error(`node file "${path}": an absolute path of letters, digits and @ _ + . - is needed`);
      if (!/^0?[0-7]{3}$/.test(mode))
        throw new Error(`node file ${path}: mode "${mode}" is not octal, such as 0600`);
      return { name: path.slice(1), mode: Number.parseInt(mode, 8), content };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  members.forEach(({ name }, index) => {
    if (members[index + 1]?.name === name)
      throw new Error(`two files are meant for /${name} of node ${node}`);
  });

  const sums = members.map(({ name, content }) => ({ path: `/${name}`, sha256: sha256(content) }));
  const settings = { name: settingsMember, mode: 0o600, content: settingsText(node, facts, sums) };

  const archive = pack();
  for (const { name, mode, content } of [settings, ...members]) {
    archive.entry({ name, mode, mtime: new Date(0), uid: 0, gid: 0, uname: "root", gname: "root" }, content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function sha256(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * The facts as lines `NAME=value`; a list is one line per item. The head of apply.sh says what each one means.
 *
 * @param sums Every file of the bundle: what is missing there is removed from a node, so a bundle that was cut off must not
 *   pass for one with fewer files.
 */
function settingsText(node: string, facts: NodeFacts, sums: { path: string; sha256: string }[]): string {
  if (!facts.nodes.some(({ name }) => name === node)) {
    const names = facts.nodes.map(({ name }) => name).join(", ");
    throw new Error(`"${node}" is no control-plane node; there are: ${names}`);
  }
  const keys = facts.encryptionKeys.map(({ provider, name }) => `${provider}:${name}`);
  const lines = [
    ["CLUSTER", facts.cluster],
    ["NODE", node],
    ...facts.nodes.map(({ name, address }) => ["CONTROL_PLANE", `${name} ${address}`]),
    ["KUBEADM_CONFIG", kubeadmConfigPath],
    ["ENCRYPTION_CONFIG", encryptionConfigPath],
    ...[...keys, ...(facts.identityFallback ? ["identity"] : [])].map((key) => ["ENCRYPTION_KEY", key]),
    ["AUDIT_LOG", auditLogPath],
    ["AUDIT_SECRETS_LEVEL", facts.auditSecretsLevel],
    ...sums.map(({ path, sha256 }) => ["FILE", `${sha256} ${path}`]),
  ];
  for (const [name, value] of lines) {
    if (!/^[A-Za-z0-9@_+.:/ -]+$/.test(value!))
      throw new Error(`${name} "${value}" cannot be told to a node`);
  }
  return lines.map(([name, value]) => `${name}=${value}\n`).join("");
}
