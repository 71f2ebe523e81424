import type { RealNode } from "../../../../cli/lab/node/realNode.js";
import { until } from "../../../../cli/kit/until.js";
import { agent } from "./policies.js";
import { dnsPackets, titleOf, type Probe } from "./probes.js";

/** Connections that audit lets through, by the packet as {@link Probe.denied} has it. */
export type Audited = ReadonlyMap<string, number>;

const log = "/run/packets/audit.log";

/** Does the work and returns what Cilium's agent reported meanwhile that it would have dropped. */
export async function audited(node: RealNode, work: () => Promise<void>): Promise<Audited> {
  const monitor = [...agent, "cilium-dbg", "monitor", "--type", "policy-verdict"];
  const unit = "packets-audit";
  const read = async () => (await node.run(["cat", log])).stdout;
  await node.run([
    ...["systemd-run", "--quiet", `--unit=${unit}`, `--property=StandardOutput=file:${log}`],
    ...["--setenv=KUBECONFIG=/etc/kubernetes/admin.conf", "--", ...monitor],
  ]);
  try {
    await until(async () => (await read()).includes("Press Ctrl-C"), "the agent's monitor does not start");
    await work();
    let reported = -1;
    await until(
      async () => {
        const before = reported;
        // Of what is allowed anyhow there are reports without end.
        reported = (await read()).split(", action audit, ").length;
        return reported === before;
      },
      "the agent goes on reporting what it would have dropped",
      { pause: 3000 },
    );
    return auditedIn(await read());
  } finally {
    await node.run(["systemctl", "stop", unit]);
    await node.run(["rm", log]);
  }
}

/** Reads what the monitor printed. */
function auditedIn(text: string): Audited {
  if (/lost/i.test(text)) throw new Error(`the monitor has missed some: ${/.*lost.*/i.exec(text)![0]}`);
  const flows = text.matchAll(/, action audit, .*, (\S+?)(?::(\d+))? -> (\S+) (tcp|udp|icmp)/g);
  // Both ends report a connection, and a packet that is sent again is reported again.
  const sources = new Map<string, Set<string>>();
  for (const [, source, port, to, protocol] of flows) {
    const packet = `${source} -> ${to!.endsWith(":53") ? dnsPackets : `${to} ${protocol}`}`;
    sources.set(packet, (sources.get(packet) ?? new Set()).add(port ?? ""));
  }
  return new Map([...sources].map(([packet, ports]) => [packet, ports.size]));
}

/** Packets of which the agent reported more or fewer than policies would drop, each in a line. */
export function misreported(probes: readonly Probe[], seen: Audited): string[] {
  const expected = new Map<string, Probe[]>();
  for (const probe of probes)
    if (probe.denied) expected.set(probe.denied, [...(expected.get(probe.denied) ?? []), probe]);
  // How often DNS is asked is up to the resolver.
  const count = (packet: string, times: number) => (packet.endsWith(dnsPackets) ? Math.min(times, 1) : times);
  return [...new Set([...expected.keys(), ...seen.keys()])].flatMap((packet) => {
    const own = expected.get(packet) ?? [];
    const [reported, wanted] = [count(packet, seen.get(packet) ?? 0), own.length];
    const titles = own.map(titleOf).join(", ");
    return reported === wanted ? [] : [`${packet} (${titles}): reported ${reported}, should be ${wanted}`];
  });
}
