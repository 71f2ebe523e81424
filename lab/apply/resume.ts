import type { Stack } from "@pulumi/pulumi/automation/index.js";

/**
 * Makes the state of a run that was killed fit for the next one: takes the lock off it, and forgets the creations that were
 * under way. The engine would warn of those for ever; here the next run finds what they made, by the mark on it.
 *
 * @returns URNs of the creations that were under way.
 */
export async function resume(stack: Stack): Promise<string[]> {
  await stack.cancel();
  const state = await stack.exportStack();
  const deployment = state.deployment as { pending_operations?: { resource: { urn: string } }[] };
  const pending = deployment.pending_operations ?? [];
  if (pending.length > 0) {
    await stack.importStack({ ...state, deployment: { ...deployment, pending_operations: [] } });
  }
  return pending.map(({ resource }) => resource.urn);
}
