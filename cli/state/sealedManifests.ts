import { constants, createPrivateKey, privateDecrypt, X509Certificate, type KeyObject } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseAllDocuments } from "yaml";

/** A sealing key that the stack's state holds. */
export interface HeldKey {
  name: string;
  /** Both in PEM form. */
  certificate: string;
  privateKey: string;
}

/** What a SealedSecret among manifests is sealed with. */
export interface SealedManifest {
  /** Path below the folder. */
  file: string;
  /** `namespace/name`. */
  name: string;
  /** Names of the values by the name of the key that opens them. */
  openedBy: Record<string, string[]>;
  /** Names of the values that no key of the state opens. */
  unopened: string[];
}

export interface Manifests {
  /** In the order of their files. */
  sealed: SealedManifest[];
  /** Files that speak of a SealedSecret and could not be read, with the reason. */
  unread: { file: string; reason: string }[];
}

/** The key pairs of the component SealingKeys among the resources of a state, secrets in plain. */
export function heldKeysIn(
  resources: readonly { urn: string; inputs: Record<string, unknown> }[],
): HeldKey[] {
  return resources
    .filter(({ urn }) => urn.includes("cluster-security:secrets:SealingKeys$kubernetes:core/v1:Secret::"))
    .map(({ inputs }) => {
      // The Kubernetes provider keeps all of a Secret in `data`.
      const { metadata, data, stringData } = inputs as {
        metadata: { name: string };
        data?: Record<string, string>;
        stringData?: Record<string, string>;
      };
      // The provider of kept labs left stringData as it was.
      const text = (key: "tls.crt" | "tls.key") =>
        stringData?.[key] ?? Buffer.from(data?.[key] ?? "", "base64").toString();
      const name = metadata.name.replace(/^sealed-secrets-key-/, "");
      return { name, certificate: text("tls.crt"), privateKey: text("tls.key") };
    });
}

/** The keys, oldest first; the controller seals with the one whose certificate starts latest. */
export function oldestFirst(keys: readonly HeldKey[]): HeldKey[] {
  const start = ({ certificate }: HeldKey) => Date.parse(new X509Certificate(certificate).validFrom);
  return [...keys].sort((a, b) => start(a) - start(b));
}

/**
 * Every SealedSecret in the YAML and JSON files below a folder, and which key opens each of its values. Only the session
 * key of a value is opened, never the value.
 *
 * A SealedSecret does not say what it was sealed with, so the keys are tried: a session key is sealed by RSA-OAEP, which
 * fails for any other key, name or namespace
 * (https://github.com/bitnami/sealed-secrets/blob/v0.38.4/pkg/crypto/crypto.go, HybridDecrypt).
 *
 * @param namespace Namespace of manifests that name none. Default: they are unread.
 */
export function sealedManifests(folder: string, keys: readonly HeldKey[], namespace?: string): Manifests {
  const opening = [...oldestFirst(keys)]
    .reverse()
    .map(({ name, privateKey }) => ({ name, key: createPrivateKey(privateKey) }));
  const found: Manifests = { sealed: [], unread: [] };
  for (const path of manifestFiles(folder)) {
    const text = readFileSync(path, "utf8");
    if (!text.includes("SealedSecret")) continue;
    const file = relative(folder, path);
    const unread = (reason: string) => found.unread.push({ file, reason });
    const objects = objectsIn(text);
    if (typeof objects === "string") {
      unread(objects);
      continue;
    }
    for (const object of objects) {
      const { name = "?", namespace: own = namespace, annotations = {} } = object.metadata ?? {};
      if (own === undefined && annotations[clusterWide] !== "true") {
        unread(
          `SealedSecret ${name} names no namespace, which is part of what it is sealed for; give --namespace`,
        );
        continue;
      }
      const label = labelOf(own ?? "", name, annotations);
      const manifest: SealedManifest = { file, name: `${own ?? "?"}/${name}`, openedBy: {}, unopened: [] };
      for (const [item, value] of Object.entries(object.spec?.encryptedData ?? {})) {
        const key = opening.find(({ key }) => opens(key, value, label));
        (key ? (manifest.openedBy[key.name] ??= []) : manifest.unopened).push(item);
      }
      found.sealed.push(manifest);
    }
  }
  return found;
}

const clusterWide = "sealedsecrets.bitnami.com/cluster-wide";
const namespaceWide = "sealedsecrets.bitnami.com/namespace-wide";

/** What a value is bound to, by the scope in the annotations. */
function labelOf(namespace: string, name: string, annotations: Record<string, string>): string {
  if (annotations[clusterWide] === "true") return "";
  return annotations[namespaceWide] === "true" ? namespace : `${namespace}/${name}`;
}

/** Whether the key opens the session key at the head of a value: its length in two bytes, and the RSA-OAEP text. */
function opens(key: KeyObject, value: unknown, label: string): boolean {
  const bytes = Buffer.from(String(value), "base64");
  if (bytes.length < 2) return false;
  const sessionKey = bytes.subarray(2, 2 + bytes.readUInt16BE(0));
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  try {
    privateDecrypt({ key, padding, oaepHash: "sha256", oaepLabel: Buffer.from(label) }, sessionKey).fill(0);
    return true;
  } catch {
    return false;
  }
}

function manifestFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== ".git" && name !== "node_modules")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return manifestFiles(path);
      return entry.isFile() && /\.(ya?ml|json)$/.test(entry.name) ? [path] : [];
    });
}

interface ManifestDocument {
  kind?: unknown;
  metadata?: { name?: string; namespace?: string; annotations?: Record<string, string> };
  spec?: { encryptedData?: Record<string, unknown> };
  items?: unknown[];
}

/** The SealedSecrets of a file, those in lists too; the reason where it is no YAML, such as a template. */
function objectsIn(text: string): ManifestDocument[] | string {
  const documents = parseAllDocuments(text);
  const [problem] = documents.flatMap((document) => document.errors);
  // The first line says what and where; the others quote the file.
  if (problem) return problem.message.split("\n")[0]!.replace(/:$/, "");
  const flat = (value: unknown): ManifestDocument[] => {
    if (typeof value !== "object" || value === null) return [];
    const object = value as ManifestDocument;
    return [object, ...(Array.isArray(object.items) ? object.items.flatMap(flat) : [])];
  };
  return documents.flatMap((document) => flat(document.toJS())).filter(({ kind }) => kind === "SealedSecret");
}
