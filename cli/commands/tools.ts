import { action, command } from "../kit/command.js";

export default command("tools", {
  summary:
    "Gets every pinned tool, so that nothing after it has to wait for one: from PATH if it has the pinned version, else from " +
    ".cache/bin, else its release, whose SHA-256 is compared with cli/kit/toolchain/releases.json, else built with Go.",
  example: "npm run tools",
  exits: ["all are there", "one cannot be had"],
})
  .option("--from-source", "download nothing; TOOLS_FROM_SOURCE=1 says the same to every command")
  .option("--pin", "instead, write releases.json: the SHA-256 of every release, as published")
  .action(action(async (options) => (await import("../kit/toolchain/command.js")).toolsCommand(options)));
