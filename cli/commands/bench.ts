import { Argument } from "@commander-js/extra-typings";
import { action, command } from "../kit/command.js";
import { count } from "../kit/options.js";
import { parts } from "../test/suites.js";

/** What is measured without names. */
export const measured = ["program", "plan", "lab", "node-files", "backups"] as const;
const names = [...measured, ...parts.map(({ name }) => `test:${name}` as const)];

export default command("bench", {
  summary: "Measures time and memory of the program, of plans, of a whole lab, of node files and of backups.",
  details:
    "program: from the start of the process to the last registration, next to an empty Pulumi program and to itself written the common way (provider indexes, ts-node), and with many isolated namespaces of ten flows each. plan: the plan of musashi, next to the engine's preview of an empty program. lab: its phases, and its memory with all its servers. node-files: what is applied on a node. backups: the jobs next to the plain commands they are made of. test:<part>: a part of npm test, next to the same tool with nothing to do.",
  example: "npm run bench -- --rounds 3 plan test:unit",
  exits: ["measured", "a failure"],
})
  .addArgument(new Argument("[names...]", `default: ${measured.join(", ")}`).choices(names))
  .option("--rounds <number>", "how often each is measured", count, 5)
  .action(
    action(async (names, options) =>
      // eslint-disable-next-line no-restricted-syntax -- it runs the benchmarks, which use the tests' own servers
      (await import("../../tests/bench/bench.js")).benchCommand(names, options),
    ),
  );
