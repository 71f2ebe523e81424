import { parse } from "yaml";
import { nodeFolders } from "../../components/backups/node/environment.js";
import { encryptionConfigPath } from "../../components/control-plane/encryptionAtRest.js";
import { harborSecrets } from "../../components/registry/harborCredentials.js";
import type { Settings } from "../../stacks/settings/index.js";
import { isGiven } from "../../stacks/settings/secretText.js";
import { resourceName } from "../plan/providers/host.js";
import { heldKeysIn } from "./sealedManifests.js";

/** What a state holds, in plain, as far as a recovery needs it. */
export interface HeldState {
  resources: readonly {
    urn: string;
    type: string;
    inputs: Record<string, unknown>;
    /** Whether the resource's id is one of its secrets. */
    showsSecret: boolean;
  }[];
  /** The stack's outputs of the same names; undefined where it has none yet. */
  nodeFiles?: readonly { path: string; content: string }[];
  nodeBundles?: Readonly<Record<string, string>>;
}

/** Something without which a recovery brings less back. */
export interface NeededKey {
  /** What it is: `sealing key first`. */
  name: string;
  /** What cannot be read, or made again, without it. */
  guards: string;
  held: boolean;
}

/** Everything that a recovery under these settings takes from the state, and whether it is there. */
export function neededKeys(settings: Settings, state: HeldState): NeededKey[] {
  const { cluster, controlPlane, secrets, registry, backups } = settings;
  const file = (path: string): string => state.nodeFiles?.find((one) => one.path === path)?.content ?? "";
  const hasSecret = (name: string): boolean =>
    state.resources.some(
      ({ type, inputs }) =>
        type === "kubernetes:core/v1:Secret" && nameOf(inputs) === name && !isEmpty(inputs),
    );
  const isGenerated = (name: string): boolean =>
    state.resources.some(
      ({ urn }) => urn.includes("EncryptionAtRest$random:") && urn.endsWith(`-encryption-${name}`),
    );
  const encryptionKeys = encryptionKeysIn(file(encryptionConfigPath));
  const sealingKeys = heldKeysIn(state.resources)
    .filter(({ privateKey }) => privateKey)
    .map(({ name }) => name);
  const { enabled, postgres } = backups.jobs;
  const repositories = [
    ...(enabled ? ["restic-k8s", "restic-host"] : []),
    ...(enabled && postgres.enabled ? ["pg-dump"] : []),
  ];
  return [
    ...cluster.nodes.map(({ name }) => ({
      name: `node files of ${name}`,
      guards: "a node with the same keys",
      held: Boolean(state.nodeBundles?.[name]),
    })),
    ...controlPlane.encryption.keys.map(({ name, secret, retired }) => ({
      name: `encryption key ${name}${retired ? ", retired" : ""}`,
      guards: `${retired ? "old snapshots" : "snapshots"} of etcd`,
      // A retired one that was given is in the stack's file; one that was generated, in the state alone.
      held: retired ? isGiven(secret) || isGenerated(name) : encryptionKeys.includes(name),
    })),
    ...secrets.sealingKeys.map(({ name }) => ({
      name: `sealing key ${name}`,
      guards: "SealedSecrets in Git",
      held: sealingKeys.includes(name),
    })),
    ...(registry.enabled
      ? [
          {
            name: "Harbor's secretKey",
            guards: "credentials in Harbor's database",
            secret: harborSecrets.secretKey,
          },
          { name: "Harbor's database password", guards: "Harbor's database", secret: harborSecrets.database },
        ].map(({ name, guards, secret }) => ({ name, guards, held: hasSecret(secret) }))
      : []),
    {
      name: "password of Velero's repositories",
      guards: "volumes that Velero has backed up",
      held: hasSecret("velero-repo-credentials"),
    },
    ...repositories.map((prefix) => ({
      name: `password of ${prefix}/`,
      guards: `everything under ${prefix}/ in the bucket`,
      held: file(`${nodeFolders.config}/${prefix}.password`).trim() !== "",
    })),
  ];
}

/** Names of the resources whose ids show a secret to every reader of the state. */
export function shownSecrets({ resources }: HeldState): string[] {
  return resources
    .filter(({ showsSecret }) => showsSecret)
    .map(({ urn }) => resourceName(urn))
    .sort();
}

export interface StateReportArgs {
  stack: string;
  /** Address of where the state lies. */
  backend: string;
  /** Bucket of the backups. */
  bucket: string;
  /** Whether the state holds no resource, as that of another backend or after a fresh stack init. */
  isEmpty: boolean;
  keys: readonly NeededKey[];
  /** What {@link shownSecrets} found. */
  shown: readonly string[];
  /** Whether a secret of the state was opened. */
  isOpened: boolean;
}

/** Returns what `npm run state-check` prints, and whether nothing is missing and nothing is shown. */
export function stateReport({ stack, backend, bucket, isEmpty, keys, shown, isOpened }: StateReportArgs): {
  text: string;
  complete: boolean;
} {
  if (isEmpty) {
    const text = [
      `The state of ${stack} is empty: nothing was applied yet, or this is not the state of the cluster. It lies in ${backend}\n`,
      "If there is a cluster, log in where its state lies (pulumi login), or import a copy (docs/guides/recovery.md)\n",
    ].join("");
    return { text, complete: false };
  }
  const inBucket = backend.startsWith(`s3://${bucket}`);
  const section = (title: string, held: boolean) => {
    const listed = keys.filter((key) => key.held === held);
    return listed.length > 0
      ? `${title}\n${listed.map(({ name, guards }) => `  ${name}: ${guards}\n`).join("")}`
      : "";
  };
  const text = [
    isOpened
      ? `The state of ${stack} opens. It lies in ${backend}\n`
      : `The state of ${stack} holds no secret, so nothing tells whether its passphrase or key is the right one. It lies in ${backend}\n`,
    section("It holds, for a recovery:", true),
    section(`It lacks (pulumi up --stack ${stack} puts there what the settings name):`, false),
    shown.length > 0
      ? "It shows these secrets in plain, as the ids of resources (docs/guides/keys-in-old-states.md):\n" +
        shown.map((name) => `  ${name}\n`).join("")
      : "",
    inBucket ? `It lies in the bucket of the backups, whose keys are in it: move it elsewhere\n` : "",
  ].join("");
  return { text, complete: isOpened && !inBucket && shown.length === 0 && keys.every(({ held }) => held) };
}

function nameOf({ metadata }: Record<string, unknown>): string | undefined {
  return (metadata as { name?: string } | undefined)?.name;
}

function isEmpty({ data }: Record<string, unknown>): boolean {
  const values = Object.values(data ?? {});
  return values.length === 0 || values.some((value) => !value);
}

function encryptionKeysIn(content: string): string[] {
  interface Configuration {
    resources?: { providers: Record<string, { keys?: { name: string; secret: string }[] }>[] }[];
  }
  const { resources = [] } = (parse(content, { prettyErrors: false, logLevel: "error" }) ??
    {}) as Configuration;
  return resources
    .flatMap(({ providers }) => providers)
    .flatMap((provider) => Object.values(provider))
    .flatMap(({ keys = [] }) => keys)
    .filter(({ secret }) => secret)
    .map(({ name }) => name);
}
