import { initStack, openStack, runEngine } from "../../cli/plan/engine/engine.js";
import { forgetUserSettings, throwAwayFolder } from "../../cli/plan/engine/folder.js";
import { tool } from "../../cli/kit/toolchain/tool.js";

/** A preview of a program without resources by the engine: what a plan costs before it plans anything. */
forgetUserSettings();
const folder = throwAwayFolder();
try {
  const engine = {
    cli: await tool("pulumi"),
    folder: folder.path,
    env: folder.env,
    project: "empty",
    stack: "empty",
  };
  const [stack] = await Promise.all([openStack(engine), initStack(engine)]);
  const { succeeded } = await runEngine(stack, { operation: "preview", program: () => ({}) });
  if (!succeeded) throw new Error("the engine does not preview an empty program");
} finally {
  folder.remove();
}
