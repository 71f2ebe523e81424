import { z } from "zod";
import { dnsLabel } from "../fields.js";
import { flow } from "./flow.js";

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
        "Whether Cilium enforces network policies. audit enforces none of the whole cluster, and reports what it would have dropped. Default: enforce.",
      ),
    allowUnenforced: z
      .boolean()
      .default(false)
      .describe("Says that no network policy need be enforced; audit asks for it, and enforce refuses it."),
    isolated: z
      .array(dnsLabel("A namespace; one that does not exist yet is made."))
      .default([])
      .describe("Namespaces that only listed flows enter and leave, beside those that this stack makes."),
    notIsolated: z
      .array(dnsLabel("A namespace that this stack makes."))
      .default([])
      .describe("Namespaces of this stack that are left open, and without admission policies."),
    flows: z.array(flow).default([]).describe("Who may talk to whom, beside what the add-ons need."),
  })
  .describe("Cilium.");
