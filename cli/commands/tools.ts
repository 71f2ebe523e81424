import { action, command } from "../kit/command.js";

export default command("tools", {
  summary:
    "Gets the pinned tools, and the charts and definitions of tools/charts, so that nothing after it has to wait for them.",
  details:
    "A tool is taken from PATH if it has the pinned version, else from .cache/bin, else its release is downloaded and its SHA-256 compared with cli/kit/toolchain/releases.json, else it is built with Go. What only a node runs (kubelet, kube-proxy, CoreDNS) is left to npm start -- --cluster node.",
  example: "npm run tools",
  exits: ["all are there", "one cannot be had"],
})
  .option("--from-source", "download nothing; TOOLS_FROM_SOURCE=1 says the same to every command")
  .option("--pin", "instead, write releases.json: the SHA-256 of every release, as published")
  .action(action(async (options) => (await import("../kit/toolchain/command.js")).toolsCommand(options)));
