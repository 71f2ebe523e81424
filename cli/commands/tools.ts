import { parseArgs } from "node:util";
import { toolsCommand } from "../kit/toolchain/command.js";

const usage = `npm run tools -- [options]: gets every pinned tool, so that nothing after it has to wait for one

A tool is taken from PATH if it has the pinned version, else from .cache/bin, else its release is downloaded and its
SHA-256 compared with cli/kit/toolchain/releases.json, else it is built from source with Go.

  --from-source   download nothing; TOOLS_FROM_SOURCE=1 says the same to every command
  --pin           instead, write releases.json: the SHA-256 of every release, as published

Exit status: 0 success, 1 failure, 2 usage.
`;

const options = {
  "from-source": { type: "boolean" },
  pin: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

try {
  const { values } = parseArgs({ options });
  if (values.help) process.stdout.write(usage);
  else process.exitCode = await toolsCommand({ pin: values.pin, fromSource: values["from-source"] });
} catch (error) {
  if (!String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS")) throw error;
  process.stderr.write(`${(error as Error).message}\n\n${usage}`);
  process.exitCode = 2;
}
