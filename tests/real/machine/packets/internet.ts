import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { RealNode } from "../../../../cli/lab/node/realNode.js";

/** The server that the node's resolver is set to; see init.sh. */
const resolver = "192.0.2.1";

/**
 * Gives each name an address of a network for documentation (RFC 5737), which no policy takes for a private one, and
 * starts what answers there.
 *
 * @param coredns Path of CoreDNS.
 */
export async function startInternet(
  node: RealNode,
  names: readonly string[],
  coredns: string,
): Promise<Map<string, string>> {
  const addresses = new Map(names.map((name, index) => [name, `203.0.113.${index + 1}`]));
  const write = (path: string, content: Buffer) =>
    node.run(["sh", "-c", `cat >${path} && chmod 755 ${path}`], content);
  // Next to answer.pl, which it calls; see processOf.
  const folder = "/run/packets";
  await write(`${folder}/coredns`, readFileSync(coredns));
  await write(`${folder}/internet.sh`, readFileSync(fileURLToPath(new URL("internet.sh", import.meta.url))));
  const lines = [...addresses].map(([name, address]) => `${address} ${name}\n`).join("");
  await node.run([`${folder}/internet.sh`, resolver], lines);
  return addresses;
}
