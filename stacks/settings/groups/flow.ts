import { z } from "zod";
import { takeOut } from "../../../components/common/mend.js";
import { httpPath } from "../fields/httpPaths.js";
import { dnsLabel, isHiddenLabel, isLabelKey, isLabelValue } from "../fields/names.js";
import { port } from "../fields/networks.js";
import { invisibleFault, text } from "../fields/text.js";
import { FlowError } from "../../../components/network/isolation/flowError.js";
import { parseFlow, type WrittenFlow } from "../../../components/network/isolation/parse.js";
import type { FlowSetting } from "../../../components/network/isolation/resolve.js";

const sentence = z
  .string()
  .meta({
    description:
      "Who opens a connection to what, such as backstage -> postgres:5432 or harbor -> internet: ghcr.io.",
    examples: ["backstage -> postgres:5432"],
  })
  .transform(parsed);

/** Without quotes, YAML reads a sentence with a colon and a space as a key and its value. */
const unquoted = z
  .record(z.string().regex(/->/), z.string())
  .transform((value, context) => ({ flow: parsed(joined(value), context) }))
  .describe("A flow that YAML reads as key and value.");

function parsed(text: string, context: z.core.$RefinementCtx): WrittenFlow {
  const unseen = invisibleFault(text);
  if (unseen) {
    context.addIssue({ code: "custom", message: unseen.message, params: { mend: unseen.mend } });
    return z.NEVER;
  }
  try {
    return parseFlow(text);
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    const { problem: message, mend } = error;
    context.addIssue({ code: "custom", message, params: { mend } });
    return z.NEVER;
  }
}

function joined(value: Record<string, string>): string {
  return Object.entries(value)
    .map(([key, rest]) => `${key}: ${rest}`)
    .join("; ");
}

const labelKey = text("Key of a label.", (value) => {
  if (!isLabelKey(value)) return `"${value}" is not the key of a label such as app or app.kubernetes.io/name`;
  return isHiddenLabel(value)
    ? `Cilium knows no pod by its label ${value}, which it sets itself or leaves out`
    : undefined;
});
const labelValue = text("Value of a label.", (value) =>
  isLabelValue(value)
    ? undefined
    : `"${value}" is not the value of a label (letters, digits, -, _ and ., at most 63)`,
);

/** Labels that pods are selected by; at least one. */
export const labels = z.record(labelKey, labelValue).refine((given) => Object.keys(given).length > 0, {
  error: "names no label, which means every pod",
  params: { mend: takeOut },
});

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** A flow, its sentence parsed: the sentence alone, or with details that it cannot express. */
export const flow = z.union([
  sentence.transform((flow): FlowSetting => ({ flow })),
  z
    .strictObject({
      flow: sentence,
      podPort: port("Port of the pods behind the target. Required if this program does not know the Service.")
        .meta({ examples: [7007] })
        .optional(),
      podLabels: labels.optional().meta({
        description:
          "Labels of the pods behind the target. Default: those of the Service that the sentence names, else every pod of its namespace.",
        examples: [{ app: "web" }],
      }),
      fromLabels: labels.optional().meta({
        description:
          "Labels of the pods that open the connection. Default: those of the Service that the sentence names, else any.",
        examples: [{ app: "web" }],
      }),
      protocol: z.enum(["TCP", "UDP"]).optional().describe("Protocol on the port. Default: TCP."),
      serviceAccount: dnsLabel(
        "ServiceAccount of the pods that open the connection. Default: any.",
        "backstage",
      ).optional(),
      http: z
        .array(
          z.strictObject({
            methods: z.array(z.enum(methods)).min(1).describe("Allowed methods."),
            path: httpPath("Regular expression of the path."),
          }),
        )
        .min(1)
        .optional()
        .describe("The only HTTP requests allowed. Default: all traffic on the port."),
    })
    .describe("A flow with details that the sentence cannot express."),
  unquoted,
]);
