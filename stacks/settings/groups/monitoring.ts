import { z } from "zod";
import { dnsLabel } from "../fields.js";

export const monitoring = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe("Metrics, alerts and dashboards; needs kube-prometheus-stack's CRDs."),
    namespace: dnsLabel("Namespace of kube-prometheus-stack.").default("monitoring"),
    release: dnsLabel("Helm release whose Prometheus selects our monitors by label.").default(
      "kube-prometheus-stack",
    ),
  })
  .prefault({})
  .describe("kube-prometheus-stack, which this program does not install.");
