import { z } from "zod";
import { othersNamespaces } from "../../../components/common/addOnNamespaces.js";
import { dnsLabel } from "../fields/names.js";

export const gateway = z
  .strictObject({
    namespace: dnsLabel("Namespace of the Gateway.").default(othersNamespaces.gateway),
    name: dnsLabel("Name of the Gateway.").default("traefik-gateway"),
    listener: dnsLabel(
      "Listener that routes attach to, preferably the one for HTTPS. Default: all.",
      "websecure",
    ).optional(),
  })
  .prefault({})
  .describe("The Gateway that routes attach to; it is not installed by this program.");
