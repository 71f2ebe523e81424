import { z } from "zod";
import { cidr, dnsLabel, hostOrAddress, ipAddress, text } from "../fields.js";

/** Minor releases of Kubernetes that kubeadm 1.36, the release the lab runs, can configure. */
const supportedMinors = ["1.35", "1.36"] as const;

const kubernetesVersion = text("The version that runs on the nodes, such as v1.36.2.", (value) => {
  const match = /^v?(\d+\.\d+)(\.\d+)?$/.exec(value);
  if (!match) return `"${value}" is not a version such as v1.36.2`;
  if (!supportedMinors.some((minor) => minor === match[1])) {
    return `${value} is not supported; supported minors are ${supportedMinors.join(" and ")}`;
  }
  if (!match[2]) return `${value} names no patch release; pin it, such as v${match[1]}.2`;
  return value.startsWith("v") ? undefined : `${value} lacks the leading v; did you mean v${value}?`;
});

export const cluster = z
  .strictObject({
    name: dnsLabel("Name of the cluster; the Kubernetes provider identifies it by this name."),
    context: z
      .string()
      .min(1)
      .optional()
      .describe("Context of the kubeconfig. Default: its current context."),
    existing: z
      .boolean()
      .default(false)
      .describe(
        "True for a cluster that already holds data: no value that guards existing data is generated.",
      ),
    kubernetesVersion,
    controlPlaneEndpoint: text("Stable host:port of the API server. Default: none.", (value) =>
      /^[a-zA-Z0-9.-]+:\d{1,5}$/.test(value)
        ? undefined
        : `"${value}" is not host:port such as 192.168.1.133:6443`,
    ).optional(),
    nodes: z
      .array(
        z.strictObject({
          name: dnsLabel("Name of the node, as kubectl get nodes shows it."),
          address: ipAddress("Address the API server advertises on this node."),
        }),
      )
      .min(1)
      .describe("Control-plane nodes, the first one initialises the cluster."),
    certSANs: z
      .array(hostOrAddress("A name or an address."))
      .default([])
      .describe("Further names and addresses in the API server's certificate."),
    podSubnet: cidr("Addresses of pods.").default("10.244.0.0/16"),
    serviceSubnet: cidr("Addresses of Services.").default("10.96.0.0/12"),
    dnsDomain: text("DNS domain of Services.", (value) =>
      /^[a-z0-9.-]+$/.test(value) ? undefined : `"${value}" is not a DNS domain such as cluster.local`,
    ).default("cluster.local"),
  })
  .describe("The cluster and its nodes.");
