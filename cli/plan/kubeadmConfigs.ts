import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { KubeadmConfig } from "../../components/control-plane/kubeadmConfig.js";
import { CommandFailed, run } from "../kit/run.js";
import { builtTool } from "../kit/toolchain/tool.js";
import type { Violation } from "./violations.js";

/** What the component has registered: the file of each node. */
type RegisteredFiles = KubeadmConfig["files"] extends { get(): infer Known } ? Known : never;

/**
 * What kubeadm itself has against its configuration of each node
 * (https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-config/#cmd-config-validate); a note instead where
 * kubeadm has not been built, for which a plan does not wait.
 *
 * @param folder Where the files may lie that kubeadm reads.
 * @param find Path of kubeadm, if it has been built. Default: where the toolchain has it.
 */
export async function kubeadmViolations(
  events: readonly EngineEvent[],
  folder: string,
  find: () => Promise<string | undefined> = () => builtTool("kubeadm"),
): Promise<{ violations: Violation[]; notes: string[] }> {
  const configurations = events.flatMap(({ resOutputsEvent }) => {
    const { urn, type, new: made } = resOutputsEvent?.metadata ?? {};
    if (urn === undefined || type !== "cluster-security:control-plane:KubeadmConfig") return [];
    return ((made?.outputs?.["files"] ?? []) as RegisteredFiles).map(({ node, content }) => ({
      urn,
      node,
      content,
    }));
  });
  if (configurations.length === 0) return { violations: [], notes: [] };
  const kubeadm = await find();
  if (kubeadm === undefined) {
    const note =
      "kubeadm's configuration was not judged by kubeadm itself; npm run tools fetches or builds it.";
    return { violations: [], notes: [note] };
  }
  const found = await Promise.all(
    configurations.map(async ({ urn, node, content }, index): Promise<Violation[]> => {
      const file = join(folder, `kubeadm-${index}.yaml`);
      writeFileSync(file, content);
      const problem = await refusal(kubeadm, file);
      return problem ? [{ policy: "kubeadm", urn, message: `kubeadm refuses ${node}: ${problem}` }] : [];
    }),
  );
  return { violations: found.flat(), notes: [] };
}

/** Why kubeadm refuses a configuration; undefined if it takes it. */
async function refusal(kubeadm: string, file: string): Promise<string | undefined> {
  try {
    await run([kubeadm, "config", "validate", "--config", file]);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const lines = error.stderr
      .split("\n")
      .filter((line) => line !== "" && !/^(W\d{4} |To see the stack trace)/.test(line));
    return lines.join("; ").replace(/^error: /, "");
  }
}
