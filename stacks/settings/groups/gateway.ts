import { z } from "zod";
import { othersNamespaces } from "../../../components/common/addOnNamespaces.js";
import { dnsLabel, dnsSubdomain, hostname } from "../fields/names.js";
import { port } from "../fields/networks.js";

export const gateway = z
  .strictObject({
    namespace: dnsLabel("Namespace of the Gateway.").default(othersNamespaces.gateway),
    name: dnsSubdomain("Name of the Gateway.", "traefik-gateway").default("traefik-gateway"),
    listener: dnsSubdomain(
      "Listener for HTTPS, which Harbor's route attaches to. Default: the listener on httpsPort.",
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
    httpsPort: port("Port of the listener for HTTPS, where listener does not name it.").default(443),
    httpPort: port("Port of the listener for HTTP, where Harbor's name is redirected to HTTPS.").default(80),
    redirectHttp: z
      .boolean()
      .default(true)
      .describe(
        "Redirect from HTTP to HTTPS. False where TLS ends in front of the Gateway, such as in a tunnel that forwards to HTTP: name that listener then.",
      ),
  })
  .prefault({})
  .describe("The Gateway that routes attach to; it is not installed by this program.");
