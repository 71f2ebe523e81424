import { projectFolder } from "../lab/toolchain/tool.js";
import { importFileCommand } from "../state/importFileCommand.js";

process.exitCode = await importFileCommand(process.argv.slice(2), projectFolder);
