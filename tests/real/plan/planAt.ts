import definition from "../../../cli/commands/plan.js";
import { action } from "../../../cli/kit/command.js";
import { execute } from "../../../cli/kit/execute.js";
import { planCommand } from "../../../cli/plan/command.js";

/** `npm run plan` for a project in another folder: the folder, then the command's own arguments. */
const [root, ...args] = process.argv.slice(2);
await execute(definition.action(action((options) => planCommand(options, root))), args);
