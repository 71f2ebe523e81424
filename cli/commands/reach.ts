import { reachCommand } from "../reach/command.js";
import { projectFolder } from "../kit/toolchain/tool.js";

process.exitCode = await reachCommand(process.argv.slice(2), projectFolder);
