import { reachCommand } from "../lab/reach/command.js";
import { projectFolder } from "../lab/toolchain/tool.js";

process.exitCode = await reachCommand(process.argv.slice(2), projectFolder);
