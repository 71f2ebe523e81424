import { planCommand } from "../plan/command.js";
import { projectFolder } from "../kit/toolchain/tool.js";

process.exitCode = await planCommand(process.argv.slice(2), projectFolder);
