import { stopCommand } from "../lab/run/command.js";

process.exitCode = await stopCommand(process.argv.slice(2));
