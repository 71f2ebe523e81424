import { planCommand } from "../lab/plan/command.js";
import { projectFolder } from "../lab/toolchain/tool.js";

process.exitCode = await planCommand(process.argv.slice(2), projectFolder);
