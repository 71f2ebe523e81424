import { createRequire } from "node:module";
import { commands } from "./commands/index.js";
import { command } from "./kit/command.js";
import { execute } from "./kit/execute.js";

const args = process.argv.slice(2);
const wanted = Object.entries(commands).filter(([name]) => name === args[0]);
const modules = (wanted.length > 0 ? wanted : Object.entries(commands)).map(([, load]) => load());
const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
const program = command("cluster-security", {
  summary: "Takes a small kubeadm cluster from bare node files to hardened, backed up and proven.",
  example: "npx cluster-security plan --stack musashi",
})
  .version(version, "-V, --version", "prints the version")
  .helpCommand("help [command...]", "prints how a command is used");
for (const module of await Promise.all(modules)) program.addCommand(module.default);
await execute(program, args);
