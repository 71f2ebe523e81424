import { standIn, type ResourceKind } from "./standIn.js";

/** Runs nothing: a plan reaches no node, and this machine is not its target either. */
const recorded: ResourceKind = {
  create: (_, { name }) => ({ id: name, outputs: { stdout: "", stderr: "" } }),
};

// That changed triggers replace is an option the SDK sets on the resource, not the provider's doing.
export const command = standIn("command", {
  "command:local:Command": recorded,
  "command:remote:Command": recorded,
  "command:remote:CopyToRemote": { create: (_, { name }) => ({ id: name }) },
});
