import { projectFolder } from "../kit/toolchain/tool.js";
import { importFileCommand } from "../state/importFileCommand.js";

process.exitCode = await importFileCommand(process.argv.slice(2), projectFolder);
