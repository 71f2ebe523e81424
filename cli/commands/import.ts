import { importCommand } from "../state/importCommand.js";

process.exitCode = await importCommand(process.argv.slice(2));
