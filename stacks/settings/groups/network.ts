import { z } from "zod";
import { dnsLabel } from "../fields/names.js";
import { nodeAddress } from "../fields/networks.js";
import { flow, labels } from "./flow.js";

export const network = z
  .strictObject({
    encryption: z
      .enum(["none", "wireguard"])
      .optional()
      .describe(
        "Encryption of pod traffic between nodes. Default: wireguard when there is more than one node.",
      ),
    hubble: z.boolean().default(true).describe("Flow visibility by Hubble and its relay."),
    enforcement: z
      .enum(["enforce", "audit"])
      .optional()
      .describe(
        "Whether Cilium enforces network policies. audit enforces none in the whole cluster and reports what it would drop. Default: enforce.",
      ),
    allowUnenforced: z
      .boolean()
      .default(false)
      .describe(
        "Required with enforcement: audit, rejected with enforce: confirms that no policy is enforced.",
      ),
    nodeLocalDns: z
      .boolean()
      .default(false)
      .describe(
        "True where NodeLocal DNSCache runs: isolated pods may also ask port 53 of the nodes. The cache itself is not installed.",
      ),
    dns: z
      .strictObject({
        namespace: dnsLabel("Namespace of the servers' pods. Default: kube-system.", "dns").optional(),
        labels: labels.optional().meta({
          description: "Labels of the servers' pods. Default: those of kube-dns in kube-system.",
          examples: [{ app: "coredns" }],
        }),
        addresses: z
          .array(nodeAddress("Address of a server outside the cluster."))
          .min(1)
          .optional()
          .describe("Addresses of servers outside the cluster, in place of pods."),
      })
      .prefault({})
      .describe("The cluster's DNS servers, which isolated pods may ask; kube-dns in kube-system if empty."),
    isolated: z
      .array(dnsLabel("A namespace; created if it does not exist.", "backstage"))
      .default([])
      .describe(
        "Namespaces that only listed flows enter and leave. Those of this stack are always isolated unless notIsolated names them.",
      ),
    notIsolated: z
      .array(dnsLabel("A namespace of this stack.", "harbor"))
      .default([])
      .describe("Namespaces of this stack that are not isolated and have no admission policies."),
    flows: z
      .array(flow)
      .default([])
      .describe("Who may talk to whom, in addition to what the add-ons need. Default: none."),
  })
  .describe("Cilium.");
