import * as pulumi from "@pulumi/pulumi";
import { secretBytes } from "../common/secretBytes.js";
import { yamlText, type NodeFile } from "./nodeFile.js";

/**
 * Providers that keep their key in the file. secretbox (XSalsa20 and Poly1305) is authenticated; aescbc is there for
 * clusters that use it already: its padding can be attacked
 * (https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#providers).
 */
export type EncryptionProvider = "secretbox" | "aescbc";

export interface EncryptionKeyArgs {
  /** Stands in every value that is stored with the key, so it never changes. A DNS label, unique in the list. */
  name: string;
  provider: EncryptionProvider;
  /** 32 bytes in base64. Default: generated, and protected from deletion. */
  secret?: pulumi.Input<string>;
  /** No longer rendered; what was generated stays in the state. Default: false. */
  retired?: boolean;
}

export interface EncryptionAtRestArgs {
  /** The first active key writes, every active key reads; a rotation is a change of this list. */
  keys: EncryptionKeyArgs[];
  /** Also read what is stored in plain text: only while a cluster migrates to encryption. Default: false. */
  identityFallback?: boolean;
}

/** `EncryptionConfiguration` of apiserver.config.k8s.io/v1, as far as it is used here. */
export interface EncryptionConfiguration {
  apiVersion: "apiserver.config.k8s.io/v1";
  kind: "EncryptionConfiguration";
  resources: { resources: string[]; providers: EncryptionProviderEntry[] }[];
}
type NamedKeys = { keys: { name: string; secret: string }[] };
export type EncryptionProviderEntry =
  { secretbox: NamedKeys } | { aescbc: NamedKeys } | { identity: Record<string, never> };

/** Where the file lies. The API server reloads it while it runs, so the name is fixed. */
export const encryptionConfigPath = "/etc/kubernetes/enc/enc.yaml";

/**
 * What a key was in states of version 0.1. The alias makes the engine take one for the other, and refuse to replace what
 * is protected, before anything that depends on the key changes. docs/guides/keys-in-old-states.md has the way out.
 */
const formerKey: pulumi.Alias = { type: "random:index/randomBytes:RandomBytes" };

/**
 * Encryption of Secrets in etcd: the keys and the file that names them.
 *
 * Root on the node has the key. What it protects is every copy of etcd that leaves the node: a disk, a
 * snapshot, a backup.
 */
export class EncryptionAtRest extends pulumi.ComponentResource {
  /** The configuration file; secret. */
  readonly file: pulumi.Output<NodeFile & { content: string }>;
  /** What every newly written Secret begins with in etcd, such as `k8s:enc:secretbox:v1:key1:`. */
  readonly writePrefix: pulumi.Output<string>;

  constructor(name: string, args: EncryptionAtRestArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:control-plane:EncryptionAtRest", name, {}, opts);
    const active = activeKeys(args.keys);
    // Retired keys too: a key that leaves the state is gone, and with it every old backup of etcd.
    const secrets = new Map(
      args.keys.map((key) => [
        key,
        pulumi.secret(
          key.secret ??
            secretBytes(`${name}-${key.name}`, { parent: this, protect: true, aliases: [formerKey] }),
        ),
      ]),
    );

    const content = pulumi.all(active.map((key) => secrets.get(key)!)).apply((values) =>
      yamlText(
        encryptionConfiguration(
          active.map(({ name, provider }, index) => ({ name, provider, secret: values[index]! })),
          args.identityFallback ?? false,
        ),
      ),
    );
    this.file = pulumi.secret(pulumi.output({ path: encryptionConfigPath, mode: "0600", content }));
    this.writePrefix = pulumi.output(writePrefix(active[0]!));
    this.registerOutputs({ file: this.file, writePrefix: this.writePrefix });
  }
}

/** The keys that are rendered, in order. Fails when the list could not be stored or read back. */
export function activeKeys(keys: EncryptionKeyArgs[]): EncryptionKeyArgs[] {
  keys.forEach(({ name }, index) => {
    if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
      throw new Error(
        `encryption key "${name}": a name consists of a-z, 0-9 and -, as it stands before a colon in etcd`,
      );
    }
    if (keys.findIndex((other) => other.name === name) < index) {
      throw new Error(`encryption key "${name}" is there twice; names are unique, retired keys included`);
    }
  });
  const active = keys.filter((key) => !key.retired);
  if (active.length === 0) throw new Error("no active encryption key; one has to write");
  return active;
}

/** What the API server puts before a value it stores with the key. */
export function writePrefix({ provider, name }: Pick<EncryptionKeyArgs, "provider" | "name">): string {
  return `k8s:enc:${provider}:v1:${name}:`;
}

/**
 * The configuration for these keys. Neighbours of one provider share an entry; a provider whose keys are apart has
 * several, which the API server allows and which alone keeps the order. Fails, naming the key, on a wrong length.
 */
export function encryptionConfiguration(
  keys: { name: string; provider: EncryptionProvider; secret: string }[],
  identityFallback: boolean,
): EncryptionConfiguration {
  const providers: EncryptionProviderEntry[] = [];
  let group: NamedKeys = { keys: [] };
  keys.forEach(({ name, provider, secret }, index) => {
    if (!/^[A-Za-z0-9+/]{43}=$/.test(secret)) {
      throw new Error(`the secret of encryption key "${name}" is not 32 bytes in base64`);
    }
    if (keys[index - 1]?.provider !== provider) {
      group = { keys: [] };
      providers.push(provider === "secretbox" ? { secretbox: group } : { aescbc: group });
    }
    group.keys.push({ name, secret });
  });
  if (identityFallback) providers.push({ identity: {} });
  return {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [{ resources: ["secrets"], providers }],
  };
}
