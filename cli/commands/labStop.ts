import { stopCommand } from "../lab/command.js";

process.exitCode = await stopCommand(process.argv.slice(2));
