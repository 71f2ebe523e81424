import { createRequire } from "node:module";
import { join } from "node:path";
import { openStack, runEngine, type EngineStack } from "./engine.js";
import { errorsIn } from "./events.js";
import { loadSettings } from "../../kit/settings.js";
import { loadProgram } from "./tree.js";

/** What the process that runs a base is told. */
export interface BaseTask {
  tree: string;
  stack: EngineStack;
}

/** What it answers: the errors there were. */
export interface BaseAnswer {
  errors: string[];
}

/**
 * Runs the program of another tree in a process of its own, with that tree's dependencies: two copies of the SDK, or
 * two versions of a component, cannot live in one process.
 */
process.once("message", (task: BaseTask) => {
  void applyBase(task).then(
    (errors) => answer({ errors }),
    (error: Error) => answer({ errors: [error.name === "UserError" ? error.message : String(error.stack)] }),
  );
});

async function applyBase({ tree, stack }: BaseTask): Promise<string[]> {
  // A secret in plain text in the base is what a change may be there to mend.
  const { settings } = await loadSettings(tree, stack.stack, { secrets: "decrypted" });
  const opening = openStack(stack, createRequire(join(tree, "package.json")));
  const clusterSecurity = await loadProgram(tree);
  const { succeeded, events } = await runEngine(await opening, {
    operation: "up",
    program: () => clusterSecurity(settings),
  });
  return succeeded ? [] : errorsIn(events);
}

function answer(answer: BaseAnswer): void {
  process.send!(answer, () => process.disconnect());
}
