import { readFileSync } from "node:fs";
import type * as Automation from "@pulumi/pulumi/automation/index.js";
import { parse } from "yaml";
import { openStack } from "../../cli/plan/engine/engine.js";
import { errorsIn, resourcesIn } from "../../cli/plan/engine/events.js";
import { standIns } from "../../cli/plan/providers/index.js";
import { serveProviders } from "../../cli/plan/providers/serve.js";
import { tool } from "../../cli/kit/toolchain/tool.js";

/**
 * `pulumi up` of this folder's program with its own settings and the reader's state, in the real engine; the providers only
 * record:
 *
 *   node --import tsx tests/docs/recordedUp.ts STACK
 *
 * It prints a line for each resource that is not left as it was, and fails with the engine's errors.
 */
const stack = process.argv[2]!;
const { name: project } = parse(readFileSync("Pulumi.yaml", "utf8")) as { name: string };
const served = await serveProviders(standIns({ cache: ".cache/crds" }).all, { failures: "refuse" });
const opened = await openStack({
  cli: await tool("pulumi"),
  folder: process.cwd(),
  env: {
    PULUMI_DEBUG_PROVIDERS: served.debugProviders,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Nobody kills it.
    PULUMI_SKIP_CHECKPOINTS: "true",
  },
  project,
  stack,
});
let runs = 0;
/** The module registers what it does when it is loaded, so it is loaded anew for each run. */
const program = async () => {
  const index = new URL(`../../stacks/index.ts?run=${++runs}`, import.meta.url).href;
  return { ...((await import(index)) as { default: object }).default };
};
const events: Automation.EngineEvent[] = [];
// As the CLI does: without a preview that succeeds, nothing is changed.
const succeeded = await opened
  .preview({ program, onEvent: (event) => events.push(event) })
  .then(() => {
    events.length = 0;
    return opened.up({ program, onEvent: (event) => events.push(event) });
  })
  .then(
    () => true,
    () => false,
  );
served.close();
for (const { operation, urn } of resourcesIn(events)) {
  if (operation !== "same") process.stdout.write(`${operation} ${urn.split("::").slice(2).join("::")}\n`);
}
if (!succeeded) process.stderr.write(`${errorsIn(events).join("\n")}\n`);
process.exit(succeeded ? 0 : 1);
