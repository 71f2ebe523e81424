import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { KnownNodeFile, NodeFacts } from "../../../components/control-plane/node/bundle.js";
import { nodeBundle } from "../../../components/control-plane/node/bundle.js";
import { nodeFilesOf } from "../../../stacks/sections/controlPlane.js";
import type { Settings } from "../../../stacks/settings/index.js";
import { demandMachine } from "../../../cli/lab/node/requirements.js";
import { skip } from "../../kit/skip.js";
import { readSettings } from "../../../cli/kit/settings.js";
import { rendered } from "../../../cli/state/nodeFiles/bundles.js";

/** Waits until nothing of the rendering is under way: what stands in for the engine is made anew for the next one. */
async function rendering<T>(program: () => pulumi.Output<T>): Promise<T> {
  const result = await rendered(program);
  await pulumi.runtime.disconnect();
  return result;
}

/** Settings of a stack for one node, with the encryption keys that it would otherwise have generated. */
export async function nodeSettings(stack: string): Promise<Settings> {
  const { settings } = await readSettings(stack);
  const { controlPlane, cluster } = settings;
  return {
    ...settings,
    cluster: { ...cluster, nodes: cluster.nodes.slice(0, 1) },
    controlPlane: {
      ...controlPlane,
      encryption: {
        ...controlPlane.encryption,
        keys: controlPlane.encryption.keys.map((key) => ({
          ...key,
          secret: key.secret ?? pulumi.secret(randomBytes(32).toString("base64")),
        })),
      },
    },
  };
}

/** The node files of the settings, with changes that no settings allow, as the archive that the script takes. */
export async function changedBundle(
  settings: Settings,
  change: (files: KnownNodeFile[]) => KnownNodeFile[],
): Promise<Buffer> {
  const { cluster, controlPlane } = settings;
  const facts: NodeFacts = {
    cluster: cluster.name,
    nodes: cluster.nodes.map(({ name, address }) => ({ name, address })),
    encryptionKeys: controlPlane.encryption.keys,
    identityFallback: controlPlane.encryption.identityFallback,
    auditSecretsLevel: controlPlane.audit.secretsLevel,
  };
  const files = await rendering(() => nodeFilesOf(settings).files);
  return nodeBundle(change(files), cluster.nodes[0]!.name, facts);
}

/** The node files of the settings, as `npm run node-files` writes them. */
export async function bundleOf(settings: Settings): Promise<Buffer> {
  const bundles = await rendering(() => nodeFilesOf(settings).bundles);
  return Buffer.from(bundles[settings.cluster.nodes[0]!.name]!, "base64");
}

/** An audit policy of another content has another name, which the API server's flag says. */
export const otherPolicy =
  (from: string, to: string) =>
  (files: KnownNodeFile[]): KnownNodeFile[] => {
    const policy = files.find(({ path }) => path.startsWith("/etc/kubernetes/audit/"))!;
    const content = policy.content.replaceAll(from, to);
    if (content === policy.content) throw new Error(`the audit policy holds no ${from}`);
    const path = "/etc/kubernetes/audit/policy-of-the-test.yaml";
    return files.map((file) =>
      file === policy
        ? { ...file, path, content }
        : { ...file, content: file.content.replaceAll(policy.path, path) },
    );
  };

/** Skips where this machine cannot run a node, and says what it lacks. */
export function demandNode(context: Mocha.Context): void {
  try {
    demandMachine();
  } catch (error) {
    skip(context, (error as Error).message);
  }
}
