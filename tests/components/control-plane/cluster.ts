import type { KubeadmCluster } from "../../../components/control-plane/kubeadmDocuments.js";

/** One node, as musashi. */
export const oneNode: KubeadmCluster = {
  clusterName: "musashi",
  kubernetesVersion: "v1.36.2",
  nodes: [{ name: "musashi", address: "192.168.1.133" }],
  podSubnet: "10.244.0.0/16",
  serviceSubnet: "10.96.0.0/12",
  dnsDomain: "cluster.local",
  audit: {
    policyPath: "/etc/kubernetes/audit/policy-0a1b2c3d.yaml",
    maxAgeDays: 30,
    maxBackups: 10,
    maxSizeMB: 100,
  },
  encryptionConfigPath: "/etc/kubernetes/enc/enc.yaml",
  authenticationConfigPath: "/etc/kubernetes/authentication/authentication-0a1b2c3d.yaml",
};

export const threeNodes: KubeadmCluster = {
  ...oneNode,
  controlPlaneEndpoint: "api.example.com:6443",
  nodes: [
    { name: "a", address: "10.0.0.1" },
    { name: "b", address: "10.0.0.2" },
    { name: "c", address: "fd00::3" },
  ],
};
