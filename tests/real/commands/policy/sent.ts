import { fileURLToPath } from "node:url";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import { Struct } from "../../../../cli/plan/providers/grpc.js";

export const folder = fileURLToPath(new URL("../../../../policy/", import.meta.url));
export const runner = fileURLToPath(import.meta.resolve("@pulumi/pulumi/cmd/run-policy-pack/index.js"));

export interface Sent {
  type: string;
  name?: string;
  parents?: string;
  props: Record<string, unknown>;
  protect?: boolean;
}

export const urn = ({ type, name = "a", parents = "" }: Sent) =>
  `urn:pulumi:test::cluster-security::${parents}${type}::${name}`;

/** Fills in the parts that the engine's three requests share. */
export function filled<T extends analyzer.AnalyzeRequest | analyzer.AnalyzerResource>(
  message: T,
  sent: Sent,
): T {
  const options = new analyzer.AnalyzerResourceOptions();
  options.setProtect(sent.protect ?? false);
  message.setType(sent.type);
  message.setUrn(urn(sent));
  message.setName(sent.name ?? "a");
  message.setProperties(Struct.fromJavaScript(sent.props as any));
  message.setOptions(options);
  return message;
}
