import { parseAllDocuments, stringify } from "yaml";

type DocumentFields = Record<string, unknown>;

/** What a node made of this machine's namespaces needs in addition to the program's own configuration, by kind. */
const additions: Record<string, DocumentFields> = {
  KubeletConfiguration: {
    // It refuses cgroup v1 by default.
    failCgroupV1: false,
    // The disk is the machine's: nearly full, it must not make the kubelet delete images, which no registry would give back.
    evictionHard: {
      "nodefs.available": "0%",
      "imagefs.available": "0%",
      "nodefs.inodesFree": "0%",
      "imagefs.inodesFree": "0%",
      "memory.available": "100Mi",
    },
    imageGCHighThresholdPercent: 100,
  },
  KubeProxyConfiguration: {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    // The size of the connection table is the machine's.
    conntrack: { maxPerCore: 0 },
  },
};

/** kubeadm's configuration with what this kind of node needs. */
export function forThisKindOfNode(configuration: string): string {
  const documents = parseAllDocuments(configuration).map((document) => document.toJSON() as DocumentFields);
  for (const [kind, fields] of Object.entries(additions)) {
    const document = documents.find((one) => one["kind"] === kind);
    if (document) Object.assign(document, fields);
    else documents.push(fields);
  }
  return documents.map((document) => stringify(document)).join("---\n");
}
