import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { RealNode } from "../../../cli/lab/node/realNode.js";

/** Asks the API server five times a second whether it is ready. */
const loop = `while read -r -t 0.2 _; [ $? -gt 128 ]; do
  if [ "$(curl --silent --insecure --max-time 3 "https://$1:6443/readyz")" = ok ]; then echo up; else echo down; fi
done`;

/** Seconds for which the API server of the node was not ready while `work` ran: one number for each time. */
export async function outages(node: RealNode, address: string, work: () => Promise<void>): Promise<number[]> {
  const command = node.command(["bash", "-c", loop, "bash", address]);
  const watcher = spawn(command[0]!, command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => watcher.once("close", resolve));
  const found: number[] = [];
  let last: { state: string; since: number } | undefined;
  const states = createInterface({ input: watcher.stdout });
  const asked = new Promise((resolve) => states.once("line", resolve));
  states.on("line", (state) => {
    const now = performance.now();
    if (last?.state === state) return;
    if (last?.state === "down") found.push((now - last.since) / 1000);
    last = { state, since: now };
  });
  try {
    // What ends at once is measured as well.
    await Promise.race([asked, ended]);
    await work();
  } finally {
    watcher.stdin.end();
    await ended;
  }
  if (last === undefined) throw new Error("the API server was never asked");
  if (last.state === "down") found.push((performance.now() - last.since) / 1000);
  return found;
}
