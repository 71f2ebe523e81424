import { planCommand } from "../../../cli/plan/command.js";

/** `npm run plan` for a project in another folder: the folder, then the command's own arguments. */
const [root, ...args] = process.argv.slice(2);
process.exitCode = await planCommand(args, root!);
