import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";

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

/** The ports noted in the file, or free ones, which are then noted. */
export async function portsOf(file: string): Promise<Ports> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Ports;
  const free = await freePorts(names.length);
  const ports = Object.fromEntries(names.map((name, index) => [name, free[index]])) as unknown as Ports;
  writeFileSync(file, JSON.stringify(ports, undefined, 2));
  return ports;
}

/** Asks the kernel for ports and holds all of them until the last one is found, so that none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      servers.push(server);
    }
    return servers.map((server) => (server.address() as AddressInfo).port);
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
