import { z } from "zod";
import { dnsLabel } from "../fields.js";

export const gateway = z
  .strictObject({
    namespace: dnsLabel("Namespace of the Gateway.").default("traefik"),
    name: dnsLabel("Name of the Gateway.").default("traefik-gateway"),
    listener: dnsLabel("Listener routes attach to, best the one for HTTPS. Default: all.").optional(),
  })
  .prefault({})
  .describe("The Gateway that routes attach to; it is not installed by this program.");
