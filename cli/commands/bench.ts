import { action, command } from "../kit/command.js";
import { count } from "../kit/options.js";

export default command("bench", {
  summary: "Measures time and memory of the program, of a whole lab, of node files and of backups.",
  details:
    "The program is measured from the start of the process to the last registration, next to an empty Pulumi program and to itself written the common way (provider indexes, ts-node), and with many isolated namespaces of ten flows each. Then the phases of a lab, and its memory with all its servers. Then node files applied on a node, and the backup jobs next to the plain commands they are made of.",
  example: "npm run bench -- --rounds 3",
  exits: ["measured", "a failure"],
})
  .option("--rounds <number>", "how often each is measured", count, 5)
  .action(action(async (options) => (await import("../../tests/bench/bench.js")).benchCommand(options)));
