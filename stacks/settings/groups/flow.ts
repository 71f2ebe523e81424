import { z } from "zod";
import { dnsLabel, text } from "../fields.js";
import { parseFlow } from "../../../components/network/isolation/parse.js";

function sentenceProblem(value: string): string | undefined {
  const parsed = parseFlow(value);
  return typeof parsed === "string" ? parsed : undefined;
}

const sentence = text(
  "Who opens a connection to what, such as backstage -> postgres:5432 or harbor -> internet: ghcr.io.",
  sentenceProblem,
);

/** In YAML a sentence with a colon and a space is a key and its value, unless somebody thinks of quotes. */
const unquoted = z
  .record(z.string().regex(/->/), z.string())
  .superRefine((value, context) => {
    const message = sentenceProblem(joined(value));
    if (message !== undefined) context.addIssue({ code: "custom", message });
  })
  .transform(joined)
  .describe("A flow that YAML takes apart at its colon.");

function joined(value: Record<string, string>): string {
  return Object.entries(value)
    .map(([key, rest]) => `${key}: ${rest}`)
    .join("; ");
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

const httpPath = text("Regular expression of the path, such as /v2/.*", (value) => {
  if (!value.startsWith("/")) return `"${value}" is not a path; it begins with /`;
  try {
    new RegExp(value);
    return undefined;
  } catch {
    return `"${value}" is not a regular expression`;
  }
});

/** A flow: the sentence alone, or with what the sentence cannot say. */
export const flow = z.union([
  sentence,
  z
    .strictObject({
      flow: sentence,
      podPort: z
        .int()
        .min(1)
        .max(65535)
        .optional()
        .describe("Port of the pods behind the target, where its Service is not known to this program."),
      podLabels: z
        .record(z.string(), z.string())
        .optional()
        .describe("Labels of the pods behind the target. Default: every pod of its namespace."),
      protocol: z.enum(["TCP", "UDP"]).optional().describe("Protocol on podPort. Default: TCP."),
      serviceAccount: dnsLabel(
        "ServiceAccount of the pods that open the connection. Default: any.",
      ).optional(),
      http: z
        .array(
          z.strictObject({
            methods: z.array(z.enum(methods)).min(1).describe("Methods let through."),
            path: httpPath,
          }),
        )
        .min(1)
        .optional()
        .describe("The only HTTP requests let through. Default: whatever is spoken there."),
    })
    .describe("A flow with what the sentence cannot say."),
  unquoted,
]);
