import { z } from "zod";

export const network = z
  .strictObject({
    encryption: z
      .enum(["none", "wireguard"])
      .optional()
      .describe(
        "Encryption of pod traffic between nodes. Default: wireguard when there is more than one node.",
      ),
    hubble: z.boolean().default(true).describe("Flow visibility by Hubble and its relay."),
  })
  .describe("Cilium.");
