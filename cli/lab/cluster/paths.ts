import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of all labs. */
export const labsFolder = fileURLToPath(new URL("../../../.lab", import.meta.url));

/** Where one lab keeps its files. Everything is below one folder that only its owner can read. */
export interface LabPaths {
  root: string;
  /** The node's file system: `/etc/kubernetes/…` of a real node lies at `<node>/etc/kubernetes/…`. */
  node: string;
  /** What a real node writes. Its holder (../node/hold.sh) removes it. */
  machine: string;
  logs: string;
  /** The logs of a lab that failed; they stay until it is started again or stopped by name. */
  failureLogs: string;
  /** Locked by the process that starts the lab (cli/lab/lock.ts). */
  lock: string;
  /** One file per running process: what `npm run lab:stop` has to stop. */
  processes: string;
  /** Ports chosen at the first start; they stay the same for the lab's life. */
  ports: string;
  /** Credentials of group system:masters, which need no binding. */
  kubeconfig: string;
  /** Pulumi's state of the lab's stack. */
  state: string;
}

/** @param name Name of the lab; two labs of different names run side by side. */
export function labPaths(name: string): LabPaths {
  const folder = join(labsFolder, name);
  return {
    root: folder,
    node: join(folder, "node"),
    machine: join(folder, "machine"),
    logs: join(folder, "logs"),
    failureLogs: `${folder}.logs`,
    lock: `${folder}.lock`,
    processes: join(folder, "processes"),
    ports: join(folder, "ports.json"),
    kubeconfig: join(folder, "node/etc/kubernetes/super-admin.conf"),
    state: join(folder, "state"),
  };
}
