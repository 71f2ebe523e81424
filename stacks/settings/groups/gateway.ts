import { z } from "zod";
import { othersNamespaces } from "../../../components/common/addOnNamespaces.js";
import { dnsLabel, dnsSubdomain, hostname } from "../fields/names.js";

const port = (usual: number, description: string) =>
  z.int().min(1).max(65535).default(usual).describe(description);

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
    httpsPort: port(443, "Port of the listener for HTTPS, where listener does not name it."),
    httpPort: port(80, "Port of the listener for HTTP, where Harbor's name is redirected to HTTPS."),
    redirectHttp: z
      .boolean()
      .default(true)
      .describe(
        "Redirect from HTTP to HTTPS. False where TLS ends in front of the Gateway, such as in a tunnel that forwards to HTTP: name that listener then.",
      ),
  })
  .prefault({})
  .describe("The Gateway that routes attach to; it is not installed by this program.");
