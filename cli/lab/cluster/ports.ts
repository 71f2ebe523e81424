import { randomInt } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";

/** Ports a control plane listens on, all on the loopback interface. */
export interface Ports {
  etcdClient: number;
  etcdPeer: number;
  etcdMetrics: number;
  apiServer: number;
  controllerManager: number;
  scheduler: number;
  kwok: number;
}

const names = [
  "etcdClient",
  "etcdPeer",
  "etcdMetrics",
  "apiServer",
  "controllerManager",
  "scheduler",
  "kwok",
] as const;

/** The ports noted in the file, or free ones that no other lab has noted, which are then noted. */
export async function portsOf(file: string): Promise<Ports> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Ports;
  const free = await freePorts(names.length, notedBeside(file));
  const ports = Object.fromEntries(names.map((name, index) => [name, free[index]])) as unknown as Ports;
  // In one step, for another lab may be reading it.
  writeFileSync(`${file}.new`, JSON.stringify(ports, undefined, 2));
  renameSync(`${file}.new`, file);
  return ports;
}

/** Ports of the other labs: one that is starting, or restarts a server, does not listen on its ports yet. */
function notedBeside(file: string): number[] {
  const labs = dirname(dirname(file));
  return readdirSync(labs).flatMap((lab) => {
    const other = join(labs, lab, "ports.json");
    return existsSync(other) ? Object.values(JSON.parse(readFileSync(other, "utf8")) as Ports) : [];
  });
}

/**
 * Below what Linux and others take for connections they open (ip_local_port_range begins at 32768): in there a port may
 * be taken while a server that had it restarts.
 */
const [lowest, highest] = [20_000, 32_000];

/** Finds ports that nobody listens on, and holds all of them until the last one is found, so that none is given twice. */
export async function freePorts(count: number, taken: readonly number[] = []): Promise<number[]> {
  const held = new Map<number, Server>();
  try {
    for (let tries = 0; held.size < count; tries++) {
      if (tries === 10_000) throw new Error(`no ${count} free ports between ${lowest} and ${highest}`);
      const port = randomInt(lowest, highest);
      if (held.has(port) || taken.includes(port)) continue;
      const server = await listening(port);
      if (server) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function listening(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
