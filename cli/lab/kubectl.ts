import { runIsolated } from "./apply/process.js";

/** Runs kubectl with the credentials of a lab; answers with what it printed. @throws CommandFailed with what it said. */
export type Kubectl = (
  args: readonly string[],
  options?: { signal?: AbortSignal; input?: string },
) => Promise<string>;

/** @param binary Path of kubectl. */
export function kubectlWith(binary: string, kubeconfig: string): Kubectl {
  // The cache of what the server serves is of no use: definitions come and go.
  const command = [binary, "--kubeconfig", kubeconfig, "--cache-dir=/dev/null"];
  return (args, options) => runIsolated([...command, ...args], options);
}
