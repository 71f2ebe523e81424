import { Argument } from "@commander-js/extra-typings";
import { action, command } from "../kit/command.js";
import { parts } from "../test/suites.js";

const names = parts.map(({ name }) => name);

export default command("test", {
  summary: "Runs the tests, all of them or some parts.",
  details:
    "Where something that they need is missing, it is listed with the line that installs it; nothing has run then, and the exit status is 2.",
  example: "npm test -- --install unit plan",
  exits: ["all passed", "a part failed"],
})
  .addArgument(new Argument("[parts...]", "default: all, in this order").choices(names))
  .option(
    "--install",
    "first install the Debian packages that are missing (tests/debian-packages.txt), with sudo unless as root; their servers are neither started nor enabled",
  )
  .action(action(async (parts, options) => (await import("../test/command.js")).testCommand(parts, options)));
