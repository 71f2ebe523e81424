import type { RealNode } from "../../../../cli/lab/node/realNode.js";
import type { Sender } from "./pods.js";
import { titleOf, type Probe } from "./probes.js";

/** Pods that send at the same time. */
const atOnce = 4;

/** Sends from every pod everything that it has to send. Returns what was seen of each, in the same order. */
export async function send(node: RealNode, probes: readonly Probe[]): Promise<string[]> {
  const seen: string[] = [];
  const clients = [...new Set(probes.map(({ from }) => from))];
  const work = async () => {
    for (let client = clients.pop(); client; client = clients.pop()) await sendFrom(client);
  };
  const sendFrom = async (client: Sender) => {
    const own = probes.flatMap((probe, index) => (probe.from === client ? [{ probe, index }] : []));
    const { stdout } = await node.run(
      client.command("probe.sh"),
      own.map(({ probe }) => `${probe.line}\n`).join(""),
    );
    for (const line of stdout.trim().split("\n")) {
      const [, number, what] = /^(\d+) (.*)$/.exec(line)!;
      seen[own[Number(number) - 1]!.index] = what!;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return seen;
}

/** What has to be seen of a probe. */
export const wanted = ({ allowed, answer }: Probe): string => (allowed ? answer : "dropped");

/** Probes of which something else was seen than what has to be, each in a line. */
export function mistakes(probes: readonly Probe[], seen: readonly string[]): string[] {
  return probes.flatMap((probe, index) =>
    seen[index] === wanted(probe)
      ? []
      : [`${probe.kind}: ${titleOf(probe)}: ${seen[index]}, should be ${wanted(probe)}`],
  );
}

/** How many of each kind arrived, and how many should. */
export function tally(probes: readonly Probe[], seen: readonly string[]): string[] {
  return [...new Set(probes.map(({ kind }) => kind))].map((kind) => {
    const own = probes.flatMap((probe, index) => (probe.kind === kind ? [{ probe, seen: seen[index] }] : []));
    const arrived = own.filter(({ probe, seen }) => seen === probe.answer).length;
    const dropped = own.filter(({ seen }) => seen === "dropped").length;
    const allowed = own.filter(({ probe }) => probe.allowed).length;
    return `${kind.padEnd(10)} ${arrived} of ${allowed} arrived, ${dropped} of ${own.length - allowed} dropped`;
  });
}
