import type { PodCheck } from "./baseline.js";
import { celList } from "./cel.js";

/** Volumes that the kubelet mounts over the node's own network, or by a driver inside it. Pods get them by a claim. */
const networkVolumes = [
  ...["awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "fc", "flexVolume", "flocker"],
  ...["gcePersistentDisk", "gitRepo", "glusterfs", "iscsi", "nfs", "photonPersistentDisk", "portworxVolume"],
  ...["quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"],
];

/** What level baseline lets in, and an isolated namespace does not. */
export const beyondBaseline: readonly PodCheck[] = [
  {
    name: "networkVolumes",
    found: `variables.podSpec.?volumes.orValue([]).filter(volume, ${celList(networkVolumes)}.exists(type, type in volume)).map(volume, volume.name)`,
    problem: "mounts volumes by its node, past network policies: ",
    mend: "use a PersistentVolumeClaim; an administrator makes the PersistentVolume",
  },
  {
    name: "systemPriority",
    found:
      '[variables.podSpec.?priorityClassName.orValue("")].filter(name, name in ["system-cluster-critical", "system-node-critical"])',
    problem: "evicts pods of Kubernetes itself by its priority: ",
    mend: "use a PriorityClass of your own, or none",
  },
];
