import { randomBytes } from "node:crypto";
import { parse } from "yaml";
import { activeKeys, writePrefix } from "../../../components/control-plane/encryptionAtRest.js";
import { apiServers, flagProblems, unknownFlags } from "../cluster/apiServer.js";
import { failed, proved, unchecked, type Concern, type Finding } from "../claim.js";
import { Etcd } from "../cluster/etcd.js";
import { filesHolding } from "../cluster/fileSearch.js";
import { howToReachTheNode, isOwnerOnly, octal, type NodeFileSystem } from "../cluster/node.js";
import { create, read } from "../cluster/objects.js";
import { once } from "../once.js";
import type { Target } from "../cluster/target.js";

export const secretsAtRest: Concern = {
  concern: "Secrets at rest",
  mitigation: "etcd encryption at rest (AES-CBC)",
  claims: [
    {
      claim: "--encryption-provider-config points the API server at an EncryptionConfiguration for Secrets",
      check: configuration,
    },
    {
      claim: "A Secret is encrypted before it is written to etcd",
      check: async (target) => (await needleOf(target))?.stored ?? needsNode,
    },
    {
      claim: "etcd's data directory, a disk and a snapshot of it do not give a Secret away",
      check: async (target) => (await needleOf(target))?.files ?? needsNode,
    },
    {
      claim: "Reading a Secret through the API works as ever, decrypted in memory",
      check: async (target) => (await needleOf(target))?.readBack ?? needsNode,
    },
    { claim: "Every stored Secret is encrypted, those from before encryption too", check: everySecret },
    { claim: "etcd's port is of no use without a client certificate", check: strangers },
  ],
};

const needsNode = unchecked(`needs etcd and its data directory; ${howToReachTheNode}`);

interface EncryptionFile {
  resources?: { resources?: string[]; providers?: Record<string, { keys?: { name: string }[] } | null>[] }[];
}

/** A flag says where the file is, and not what is in it. */
async function configuration(target: Target): Promise<Finding> {
  const servers = await apiServers(target);
  if (servers.length === 0) return unknownFlags;
  const prefix = expectedPrefix(target);
  const own = target.node?.flags("kube-apiserver")?.["encryption-provider-config"];
  const problems = [
    ...flagProblems(servers, (flags) =>
      flags["encryption-provider-config"]
        ? []
        : ["no --encryption-provider-config: Secrets are stored in plain"],
    ),
    ...(own ? fileProblems(target.node!, own, prefix) : []),
  ];
  if (problems.length > 0) return failed(problems.join("; "));
  const path = own ?? servers[0]!.flags["encryption-provider-config"];
  const flag = `${servers.map(({ source }) => source).join(", ")}: ${path}`;
  if (!own) return unchecked(`${flag}, but that file was not read; ${howToReachTheNode}`);
  const others = target.settings.cluster.nodes.length - 1;
  return others === 0
    ? proved(`${flag}, by which Secrets begin with ${prefix}`)
    : unchecked(
        `${flag}, by which Secrets begin with ${prefix} on this node; compare sha256sum ${path} on the ${others} others`,
      );
}

/** @throws Error that names the file alone: the parser's own message would quote a key. */
function encryptionFile(path: string, text: string): EncryptionFile {
  try {
    return (parse(text, { logLevel: "error" }) ?? {}) as EncryptionFile;
  } catch {
    throw new Error(`${path} is no YAML, and the API server goes on with what it read before`);
  }
}

/** What is wrong with the file that holds the keys. None of them is part of a message. */
function fileProblems(node: NodeFileSystem, path: string, prefix: string): string[] {
  const { resources = [] } = encryptionFile(path, node.read(path));
  const forSecrets = resources.find((entry) => entry.resources?.includes("secrets"));
  if (!forSecrets) return [`${path} says nothing about secrets`];
  const [first, provider] = Object.entries(forSecrets.providers?.[0] ?? {})[0] ?? ["none", undefined];
  const key = provider?.keys?.[0]?.name;
  const mode = node.mode(path);
  return [
    ...(prefix.startsWith(`k8s:enc:${first}:`) && prefix.endsWith(`:${key}:`)
      ? []
      : [
          `${path} has Secrets written by ${key === undefined ? first : `${first}:${key}`}, not as ${prefix}`,
        ]),
    ...(isOwnerOnly(mode) ? [] : [`${path} holds the keys and has mode ${octal(mode)}`]),
  ];
}

/** What a newly written Secret has to begin with. */
function expectedPrefix({ settings }: Target): string {
  return writePrefix(activeKeys(settings.controlPlane.encryption.keys)[0]!);
}

const etcdOf = once((target: Target): Promise<Etcd | undefined> => {
  const flags = target.node?.flags("kube-apiserver");
  return Promise.resolve(target.node && flags && new Etcd(target.node, flags, target.etcdEndpoint));
});

interface NeedleFindings {
  stored: Finding;
  files: Finding;
  readBack: Finding;
}

/** Writes a Secret that nobody could guess, and looks for its value where it must not be. */
const needleOf = once(async (target: Target): Promise<NeedleFindings | undefined> => {
  const etcd = await etcdOf(target);
  if (!etcd) return undefined;
  const { api, node } = target;
  const namespace = await target.scratch.namespace();
  const needle = randomBytes(24).toString("hex");
  const collection = `/api/v1/namespaces/${namespace}/secrets`;
  const name = "needle";
  await create(api, collection, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    stringData: { needle },
  });
  const key = `/registry/secrets/${namespace}/${name}`;
  return {
    stored: storedFinding(await etcd.get(key), needle, expectedPrefix(target), key),
    files: filesFinding(dataFolders(node!), needle, key),
    readBack: await readBackFinding(target, `${collection}/${name}`, needle),
  };
});

/** kubeadm's etcd holds protobuf, so a plain Secret does not look like JSON: what counts is the prefix. */
export function storedFinding(
  value: Buffer | undefined,
  needle: string,
  prefix: string,
  key: string,
): Finding {
  if (!value) return failed(`etcd has nothing under ${key}: this is not the etcd of the API server`);
  const begins = printable(value.subarray(0, prefix.length));
  if (value.includes(needle))
    return failed(`${key} holds the Secret's value in plain; it begins with ${begins}`);
  return begins === prefix
    ? proved(`${key} begins with ${prefix}`)
    : failed(`${key} begins with ${begins}, not with ${prefix}`);
}

function printable(bytes: Buffer): string {
  return bytes.toString("latin1").replace(/[^\x20-\x7e]/g, "·");
}

/** Where the node keeps etcd's data, the write-ahead log included. */
function dataFolders(node: NodeFileSystem): string[] {
  const flags = node.flags("etcd");
  if (!flags) throw new Error("the node has no manifest of etcd, so its data directory is unknown");
  return [flags["data-dir"], flags["wal-dir"]]
    .filter((path) => path !== undefined)
    .map((path) => node.path(path));
}

function filesFinding(folders: string[], needle: string, key: string): Finding {
  const search = (text: string): string[] =>
    folders.flatMap((folder) => filesHolding(folder, [Buffer.from(text), Buffer.from(btoa(text))]));
  // Without this a search of the wrong folder would find nothing, and prove nothing.
  const holdingKey = search(key);
  if (holdingKey.length === 0) {
    return unchecked(`could not be checked: ${folders.join(", ")} does not even hold the key ${key}`);
  }
  const holdingValue = search(needle);
  return holdingValue.length === 0
    ? proved(`its key is in ${holdingKey.join(", ")}, its value nowhere below ${folders.join(", ")}`)
    : failed(`the value is in plain in ${holdingValue.join(", ")}`);
}

async function readBackFinding({ api }: Target, path: string, needle: string): Promise<Finding> {
  const secret = await read<{ data: Record<string, string> }>(api, path);
  return secret?.data["needle"] === btoa(needle)
    ? proved("GET gives back what was written")
    : failed(`GET ${path} does not give back what was written`);
}

async function everySecret(target: Target): Promise<Finding> {
  const etcd = await etcdOf(target);
  if (!etcd) return needsNode;
  const prefix = Buffer.from(expectedPrefix(target));
  const encrypted = Buffer.from("k8s:enc:");
  const plain: string[] = [];
  const older: string[] = [];
  let count = 0;
  for await (const { key, value } of etcd.prefix("/registry/secrets/")) {
    count++;
    const name = key.replace("/registry/secrets/", "");
    if (!value.subarray(0, encrypted.length).equals(encrypted)) plain.push(name);
    else if (!value.subarray(0, prefix.length).equals(prefix)) older.push(name);
  }
  if (plain.length > 0) {
    return failed(
      `${plain.length} of ${count} are stored in plain: ${plain.join(", ")}; rewrite them: ` +
        "kubectl get secrets -A -o json | kubectl replace -f -",
    );
  }
  const rest = older.length > 0 ? `, ${older.length} of them with an older key: ${older.join(", ")}` : "";
  return proved(`all ${count} stored Secrets begin with k8s:enc:${rest}`);
}

async function strangers(target: Target): Promise<Finding> {
  const etcd = await etcdOf(target);
  if (!etcd) return needsNode;
  // Shows that it answers at all.
  await etcd.get("/");
  return (await etcd.answersStrangers())
    ? failed(`${etcd.endpoint.host} answers without a client certificate`)
    : proved(`${etcd.endpoint.host} answers the API server's certificate and nobody without one`);
}
