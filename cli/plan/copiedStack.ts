import { backups as backupSettings } from "../../stacks/settings/groups/backups.js";
import { settingsOf } from "../../stacks/settings/index.js";
import { stackConfig, stacksIn } from "../kit/stacks.js";

const defaultBucket = backupSettings.shape.bucket.parse(undefined);

/** What two clusters never share, as the settings have it. */
function ownedBy(settings: any): [what: string, value: string][] {
  const { cluster, backups } = settings ?? {};
  const nodes: any[] = Array.isArray(cluster?.nodes) ? cluster.nodes : [];
  const oci = backups?.oci;
  const owned: [string, unknown][] = [
    ["cluster.name", cluster?.name],
    // Alone an address may be that of another home's network.
    ...nodes.map(({ name, address }): [string, unknown] => [
      "a node",
      name && address && `${name} ${address}`,
    ]),
    ["the bucket", oci?.tenancyId && [oci.tenancyId, oci.region, backups.bucket ?? defaultBucket].join(" ")],
  ];
  return owned.filter((entry): entry is [string, string] => typeof entry[1] === "string");
}

function read(root: string, stack: string): [what: string, value: string][] {
  try {
    return ownedBy(settingsOf(stackConfig(root, stack)));
  } catch {
    // The other file is judged when its own stack is planned.
    return [];
  }
}

/**
 * Notes on what a stack's file shares with another one, as a copy does until it is changed: both stacks would write to the
 * same cluster or bucket. Files that Git leaves out, *.local.yaml, are of no other environment.
 *
 * @param root Folder of the stacks' files.
 */
export function copiedNotes(root: string, stack: string): string[] {
  const own = read(root, stack);
  const others = stacksIn(root).filter((name) => name !== stack && ![name, stack].some(isLocal));
  return others.flatMap((other) => {
    const theirs = read(root, other);
    const shared = own.filter(([what, value]) =>
      theirs.some((entry) => entry[0] === what && entry[1] === value),
    );
    const names = [...new Set(shared.map(([what]) => what))].join(", ");
    return names === ""
      ? []
      : [
          `Pulumi.${stack}.yaml has ${names} of Pulumi.${other}.yaml: both stacks would change the same; a copied file needs values of its own.`,
        ];
  });
}

const isLocal = (stack: string): boolean => stack.endsWith(".local");
