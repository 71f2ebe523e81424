import { z } from "zod";
import { didYouMean } from "../../../components/common/mend.js";
import { port, portProblem, unreachableReason } from "../fields/networks.js";
import { queryFault, text } from "../fields/text.js";

const lokiUrl = text("Address of Loki. Default: Service loki in monitoring.namespace.", (value) => {
  const example = "http://loki.monitoring.svc.cluster.local:3100";
  if (value.includes("@")) return "the address holds credentials, which would be readable in a ConfigMap";
  const query = queryFault(value);
  if (query) return query;
  // As Go reads it, which is stricter than JavaScript.
  const [, origin, host, port, path] =
    /^(https?:\/\/([\w.-]+|\[[0-9a-fA-F:.]+\])(?::(\d+))?)(\/.*)?$/.exec(value) ?? [];
  if (!origin || !URL.canParse(origin)) return `"${value}" is not an address such as ${example}`;
  const problem = (port && portProblem(port)) ?? unreachableReason(host!.replace(/^\[(.*)\]$/, "$1"));
  if (problem) return problem;
  return path === undefined
    ? undefined
    : { message: `"${value}" has a path, which is added by itself`, mend: didYouMean(origin) };
}).meta({ examples: ["http://loki.monitoring.svc.cluster.local:3100"] });

export const auditLogs = z
  .strictObject({
    enabled: z.boolean().default(false).describe("Send the API server's audit log to Loki."),
    mode: z
      .enum(["release", "snippet"])
      .default("release")
      .describe(
        "release: installs Grafana Alloy. snippet: writes a ConfigMap for the Alloy in monitoring.namespace to import.",
      ),
    loki: z
      .strictObject({
        url: lokiUrl.optional(),
        podPort: port(
          "Port of the pods behind the Service in url. Default: known for the Services of Loki's chart.",
        )
          .meta({ examples: [3100] })
          .optional(),
        tenant: text("Tenant of Loki. Default: none.", (value) =>
          /^(?!\.{1,2}$)[a-zA-Z0-9!._*'()-]{1,150}$/.test(value)
            ? undefined
            : `"${value}" is not the name of a tenant`,
        )
          .meta({ examples: ["homelab"] })
          .optional(),
      })
      .prefault({})
      .describe("Loki, which this program does not install."),
  })
  .prefault({})
  .describe("Sends the audit log to Loki.");
