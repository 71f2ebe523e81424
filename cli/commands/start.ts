import { startCommand } from "../lab/command.js";

process.exitCode = await startCommand(process.argv.slice(2));
