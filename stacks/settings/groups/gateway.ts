import { z } from "zod";
import { othersNamespaces } from "../../../components/common/addOnNamespaces.js";
import { dnsLabel, hostname } from "../fields/names.js";

export const gateway = z
  .strictObject({
    namespace: dnsLabel("Namespace of the Gateway.").default(othersNamespaces.gateway),
    name: dnsLabel("Name of the Gateway.").default("traefik-gateway"),
    listener: dnsLabel(
      "Listener that routes attach to, preferably the one for HTTPS. Default: all.",
      "websecure",
    ).optional(),
    hosts: z
      .array(
        z.strictObject({
          name: hostname("A host."),
          namespace: dnsLabel("The namespace it belongs to.", "shop"),
        }),
      )
      .default([])
      .describe(
        "Hosts and their namespaces, in addition to Harbor's: no route, Ingress, Gateway or Certificate of another namespace " +
          "takes one. Hosts that are not listed are anybody's.",
      ),
  })
  .prefault({})
  .describe("The Gateway that routes attach to; it is not installed by this program.");
