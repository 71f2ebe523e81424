import { ControlPlane } from "../../components/control-plane/controlPlane.js";
import * as pulumi from "@pulumi/pulumi";
import type { NodeJobs } from "../../components/backups/nodeJobs.js";
import { activeKeys, encryptionConfigPath } from "../../components/control-plane/encryptionAtRest.js";
import { NodeFiles } from "../../components/control-plane/nodeFiles.js";
import type { Settings } from "../settings/index.js";

/**
 * The files of the control-plane nodes. Without the jobs they are what a node needs before there is a cluster to talk to,
 * and nothing else has to exist for them.
 */
export function nodeFilesOf(settings: Settings, jobs?: NodeJobs): NodeFiles {
  const {
    cluster,
    controlPlane: { audit, encryption, delivery },
  } = settings;
  const controlPlane = new ControlPlane("control-plane", {
    clusterName: cluster.name,
    kubernetesVersion: cluster.kubernetesVersion,
    controlPlaneEndpoint: cluster.controlPlaneEndpoint,
    certSANs: cluster.certSANs,
    // Without the way to reach them, which holds keys.
    nodes: cluster.nodes.map(({ name, address }) => ({ name, address })),
    podSubnet: cluster.podSubnet,
    serviceSubnet: cluster.serviceSubnet,
    dnsDomain: cluster.dnsDomain,
    audit,
    encryption,
  });
  const keys = { path: encryptionConfigPath, mode: "0600", content: controlPlane.encryptionConfiguration };
  return new NodeFiles("node-files", {
    nodes: cluster.nodes,
    publicFiles: pulumi
      .all([controlPlane.publicFiles, jobs?.publicFiles ?? []])
      .apply((lists) => lists.flat()),
    secretFiles: pulumi.all([[keys], jobs?.secretFiles ?? []]).apply((lists) => lists.flat()),
    facts: {
      cluster: cluster.name,
      encryptionKeys: activeKeys(encryption.keys).map(({ provider, name }) => ({ provider, name })),
      identityFallback: encryption.identityFallback,
      auditSecretsLevel: audit.secretsLevel,
    },
    delivery,
  });
}
