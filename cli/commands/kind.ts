import { action, command } from "../kit/command.js";

export default command("kind", {
  summary: "Brings up the lab on a kind cluster, with Pulumi's own plugins and the real charts.",
  details:
    "The cluster is made from the program's node files, the whole stack is applied to it, npm run verify checks it, and everything is taken away again. It needs docker and a network; Cloudflare is a server on this machine, resources of Oracle Cloud are only recorded, and no account is touched.",
  example: "npm run kind -- --sudo",
  exits: ["all is as it must be", "something is not"],
})
  .option(
    "--sudo",
    "verify as root, for what lies in etcd and in the audit log; without it that is unchecked",
  )
  .action(action(async (options) => (await import("../lab/kind/command.js")).kindCommand(options)));
