import { startCommand } from "../lab/run/command.js";

process.exitCode = await startCommand(process.argv.slice(2));
