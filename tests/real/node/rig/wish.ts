import { ControlPlane } from "../../../../components/control-plane/controlPlane.js";
import type { AuditLevel } from "../../../../components/audit/auditPolicy.js";
import type { EncryptionKeyArgs } from "../../../../components/control-plane/encryptionAtRest.js";
import type { KnownNodeFile } from "../../../../components/control-plane/node/bundle.js";
import { capture, valueOf } from "../../../kit/capture.js";
import type { NodeSpec } from "./rigNode.js";

/** What a test may want otherwise on the nodes. */
export interface Wish {
  keys?: EncryptionKeyArgs[];
  identityFallback?: boolean;
  secretsLevel?: "Metadata" | "RequestResponse";
  kubernetesVersion?: string;
  podSubnet?: string;
  certSANs?: string[];
  /** Control-plane nodes of the settings. Default: those there are. */
  nodes?: NodeSpec[];
  maxBackups?: number;
  /** Change of the files before they are bundled. */
  change?: (files: KnownNodeFile[]) => KnownNodeFile[];
  /** Level that the script is told to expect. Default: the policy's. */
  expectedLevel?: AuditLevel;
}

export const key = (
  name: string,
  provider: "secretbox" | "aescbc" = "secretbox",
  fill = name,
): EncryptionKeyArgs => ({
  name,
  provider,
  secret: Buffer.alloc(32, fill).toString("base64"),
});

/** What the program renders. */
export async function filesOf(
  nodes: NodeSpec[],
  wish: Wish & { keys: EncryptionKeyArgs[] },
): Promise<KnownNodeFile[]> {
  let component!: ControlPlane;
  await capture(() => {
    component = new ControlPlane("control-plane", {
      clusterName: "rig",
      kubernetesVersion: wish.kubernetesVersion ?? "v1.36.2",
      ...(nodes.length > 1 ? { controlPlaneEndpoint: `${nodes[0]!.address}:6443` } : {}),
      certSANs: wish.certSANs,
      nodes: wish.nodes ?? nodes,
      podSubnet: wish.podSubnet ?? "10.244.0.0/16",
      serviceSubnet: "10.96.0.0/12",
      dnsDomain: "cluster.local",
      audit: {
        secretsLevel: wish.secretsLevel ?? "Metadata",
        maxAgeDays: 30,
        maxBackups: wish.maxBackups ?? 10,
        maxSizeMB: 100,
      },
      encryption: { keys: wish.keys, identityFallback: wish.identityFallback },
    });
  });
  return await valueOf(component.files);
}
