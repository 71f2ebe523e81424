import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { RealNode } from "../../../cli/lab/node/realNode.js";

/** Asks the API server five times a second whether it is ready. */
const asksReady = `while read -r -t 0.2 _; [ $? -gt 128 ]; do
  if [ "$(curl --silent --insecure --max-time 1 "https://$1:6443/readyz")" = ok ]; then echo up; else echo down; fi
done`;

/** Asks the API servers of several addresses for a path, as nobody. */
const asksAnonymously = `path=$1; shift
while read -r -t 0.2 _; [ $? -gt 128 ]; do
  for address in "$@"; do
    curl --silent --insecure --max-time 1 --output /dev/null --write-out '%{http_code}\\n' "https://$address:6443$path"
  done
done`;

/** Runs a loop of bash in the node while `work` runs, and tells what it prints. The loop ends with its standard input. */
async function during(
  node: RealNode,
  [loop, ...args]: [string, ...string[]],
  told: (line: string) => void,
  work: () => Promise<void>,
): Promise<void> {
  const command = node.command(["bash", "-c", loop, "bash", ...args]);
  const watcher = spawn(command[0]!, command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => watcher.once("close", resolve));
  createInterface({ input: watcher.stdout }).on("line", told);
  try {
    await work();
  } finally {
    watcher.stdin.end();
    await ended;
  }
}

/** Seconds for which the API server of the node was not ready while `work` ran: one number for each time. */
export async function outages(node: RealNode, address: string, work: () => Promise<void>): Promise<number[]> {
  const found: number[] = [];
  const changes: { state: string; since: number }[] = [];
  const told = (state: string) => {
    const [now, last] = [performance.now(), changes.at(-1)];
    if (last?.state === state) return;
    if (last?.state === "down") found.push((now - last.since) / 1000);
    changes.push({ state, since: now });
  };
  await during(node, [asksReady, address], told, work);
  const last = changes.at(-1);
  if (last === undefined) throw new Error("the API server was never asked");
  if (last.state === "down") found.push((performance.now() - last.since) / 1000);
  return found;
}

/** Every HTTP status that the API servers gave to somebody without credentials while `work` ran; 000 for none. */
export async function anonymousStatuses(
  node: RealNode,
  addresses: readonly string[],
  path: string,
  work: () => Promise<void>,
): Promise<Set<string>> {
  const found = new Set<string>();
  await during(node, [asksAnonymously, path, ...addresses], (status) => found.add(status), work);
  return found;
}
