import { kindCommand } from "../lab/kind/command.js";

process.exitCode = await kindCommand(process.argv.slice(2));
