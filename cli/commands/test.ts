import { parseArgs } from "node:util";
import { testCommand } from "../test/command.js";
import { parts } from "../test/suites.js";

const names = parts.map(({ name }) => name);

const usage = `npm test -- [options] [parts]: runs the tests, all of them or some parts

  parts       ${names.join(", ")}; default: all, in this order
  --install   first install the Debian packages that are missing (tests/debian-packages.txt), with sudo unless as root;
              their servers are neither started nor enabled

Exit status: 0 success, 1 a part failed, 2 usage, or something that the tests need is missing; nothing has run then.
`;

const options = { install: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;

try {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const unknown = positionals.filter((name) => !names.includes(name));
  if (values.help) {
    process.stdout.write(usage);
  } else if (unknown.length > 0) {
    process.stderr.write(`Unknown part ${unknown.join(", ")}\n\n${usage}`);
    process.exitCode = 2;
  } else {
    process.exitCode = testCommand(positionals, values);
  }
} catch (error) {
  if (!String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS")) throw error;
  process.stderr.write(`${(error as Error).message}\n\n${usage}`);
  process.exitCode = 2;
}
