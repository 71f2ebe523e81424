import { z } from "zod";
import { choice, didYouMean } from "../../../components/common/mend.js";
import { sshHostKey } from "../fields/keys.js";
import { accountName, dnsLabel, dnsSubdomain, hostOrAddress, nodeName } from "../fields/names.js";
import { clusterNetwork, hostAndPort, nodeAddress, port } from "../fields/networks.js";
import { anyName, text } from "../fields/text.js";
import { secretText, sshPrivateKey } from "../secretText.js";

/** Minor releases of Kubernetes that kubeadm 1.36, the release the lab runs, can configure. */
const supportedMinors = ["1.35", "1.36"] as const;

const kubernetesVersion = text("Version of Kubernetes on the nodes, with the patch release.", (value) => {
  const match = /^v?(\d+\.\d+)(\.(?:0|[1-9]\d*))?$/.exec(value);
  if (!match) return `"${value}" is not a version such as v1.36.2`;
  if (!supportedMinors.some((minor) => minor === match[1])) {
    return `${value} is not supported; supported minors are ${supportedMinors.join(" and ")}`;
  }
  if (!match[2])
    return { message: `${value} names no patch release`, mend: choice(`pin it, such as v${match[1]}.2`) };
  return value.startsWith("v")
    ? undefined
    : { message: `${value} lacks the leading v`, mend: didYouMean(`v${value}`) };
}).meta({ examples: ["v1.36.2"] });

const ssh = z
  .strictObject({
    user: accountName(
      "Account on the node; unless it is root, sudo lets it run cluster-security-apply alone.",
    ).default("cluster-security"),
    port: port("Port of the node's SSH server.").default(22),
    hostKey: sshHostKey(
      "The node's public host key, the content of /etc/ssh/ssh_host_ed25519_key.pub. A server with another key gets nothing.",
    ),
    privateKey: secretText(
      "Key of the account. Default: the SSH agent of the user who runs Pulumi.",
      sshPrivateKey,
    ).optional(),
  })
  .describe("How to reach the node; required with controlPlane.delivery ssh. Default: none.");

export const cluster = z
  .strictObject({
    name: dnsLabel("Name of the cluster; the Kubernetes provider identifies it by this name.", "musashi"),
    context: anyName("Context of the kubeconfig. Default: its current context.", "admin@musashi").optional(),
    existing: z
      .boolean()
      .default(false)
      .describe(
        "True for a cluster that already holds data: no value that guards existing data is generated.",
      ),
    kubernetesVersion,
    controlPlaneEndpoint: hostAndPort(
      "Stable host:port of the API server. Default: none.",
      "192.168.1.133:6443",
    ).optional(),
    nodes: z
      .array(
        z.strictObject({
          name: nodeName("Name of the node, as kubectl get nodes shows it.", "musashi"),
          address: nodeAddress("Address the API server advertises on this node."),
          ssh: ssh.optional(),
        }),
      )
      .min(1)
      .describe("Control-plane nodes; the first one initialises the cluster."),
    certSANs: z
      .array(hostOrAddress("A name or an address.", { wildcard: true }))
      .default([])
      .describe("Further names and addresses in the API server's certificate."),
    podSubnet: clusterNetwork("Addresses of pods; each node gets 256 of them.", {
      ...{ shortest: 8, longest: 24 },
      why: "each node gets a /24 of it",
    }).default("10.244.0.0/16"),
    serviceSubnet: clusterNetwork("Addresses of Services.", {
      ...{ shortest: 12, longest: 28 },
      why: "the API server takes 2^20 addresses at most and kubeadm asks for 10 at least",
    })
      .meta({ examples: ["10.96.0.0/12"] })
      .default("10.96.0.0/12"),
    dnsDomain: dnsSubdomain("DNS domain of Services.", "cluster.local").default("cluster.local"),
  })
  .describe("The cluster and its nodes.");
