import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findOnPath } from "../../kit/toolchain/tool.js";
import { UserError } from "../../kit/userError.js";
import { isVersion2, missingControllers } from "./cgroups.js";

/** Programs, and the Debian packages that have them. */
const programs: Record<string, string> = {
  debootstrap: "debootstrap",
  chroot: "coreutils",
  unshare: "util-linux",
  nsenter: "util-linux",
  setpriv: "util-linux",
  ip: "iproute2",
  socat: "socat",
  tar: "tar",
};

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** What a machine offers a node. */
export interface Machine {
  linux: boolean;
  root: boolean;
  /** Content of /proc/self/cgroup. */
  cgroups: string;
  /** Content of /sys/fs/cgroup/cgroup.controllers. */
  controllers: string;
  /** Content of /proc/meminfo. */
  memory: string;
  /** Inotify instances that this user may have, and those that there are. */
  inotify: { limit: number; used: number };
  has: (program: string) => boolean;
  exists: (file: string) => boolean;
}

/** What a node with the whole stack takes, in GB, and each further one. */
const memory = { first: 3, further: 1.5 };

/** What a node's systemd, containerd, kubelet and control plane have open: without, its systemd ends. */
const inotifyInstances = 30;

/** What this machine lacks for so many nodes, each with how to get it. */
export function lacking(machine: Machine, nodes = 1): string[] {
  if (!machine.linux) return ["Linux: the node is made of its namespaces"];
  const lines: string[] = [];
  if (!machine.root) {
    lines.push("root: the node has mounts, devices and cgroups of its own; sudo npm start -- --cluster node");
  }
  const version2 = isVersion2(machine.cgroups);
  const needed = { ...programs, ...(version2 ? { "systemd-run": "systemd" } : {}) };
  const packages = Object.entries(needed).flatMap(([program, name]) => (machine.has(program) ? [] : [name]));
  if (!machine.exists(keyring)) packages.push("debian-archive-keyring");
  if (packages.length > 0) {
    const names = [...new Set(packages)].join(" ");
    lines.push(`Debian packages: apt-get install --no-install-recommends ${names}`);
  }
  if (version2 && !machine.exists("/run/systemd/system")) {
    lines.push("systemd, which makes the cgroup of the node; or run the lab without a node: npm start");
  }
  const controllers = missingControllers(machine.cgroups, machine.controllers);
  if (controllers.length > 0) {
    const version = version2 ? "v2" : "v1";
    lines.push(
      `cgroup ${version} with ${controllers.join(", ")}: the kernel's own settings decide that; or run the lab without a ` +
        "node: npm start",
    );
  }
  const [available] = /^MemAvailable: +(\d+) kB$/m.exec(machine.memory)?.slice(1).map(Number) ?? [];
  const wanted = memory.first + memory.further * (nodes - 1);
  if (available !== undefined && available / 1e6 < wanted)
    lines.push(
      `memory: ${nodes === 1 ? "a node takes" : `${nodes} nodes take`} ${wanted} GB, and ${(available / 1e6).toFixed(1)} GB are available`,
    );
  const { limit, used } = machine.inotify;
  const instances = inotifyInstances * nodes;
  if (limit - used < instances)
    lines.push(
      `inotify instances: ${nodes === 1 ? "a node takes" : `${nodes} nodes take`} ${instances}, and ${Math.max(limit - used, 0)} are free of the ${limit} that a user may have; sysctl fs.inotify.max_user_instances=${used + 2 * instances}`,
    );
  return lines;
}

/** A PATH with the folders of root's programs, which `su` without `-` leaves out. */
export const withSbin = (path: string): string =>
  [...new Set([...path.split(delimiter).filter(Boolean), "/usr/sbin", "/sbin"])].join(delimiter);

/**
 * Completes this process's PATH for all that nodes are made with.
 *
 * @param nodes How many. Default: 1.
 * @throws UserError with all that this machine lacks.
 */
export function demandMachine(nodes?: number): void {
  process.env["PATH"] = withSbin(process.env["PATH"] ?? "");
  const lines = lacking(
    {
      linux: process.platform === "linux",
      root: process.getuid?.() === 0,
      cgroups: textOf("/proc/self/cgroup"),
      controllers: textOf("/sys/fs/cgroup/cgroup.controllers"),
      memory: textOf("/proc/meminfo"),
      inotify: {
        limit: Number(textOf("/proc/sys/fs/inotify/max_user_instances")),
        used: inotifyInUse(),
      },
      has: (program) => findOnPath(program) !== undefined,
      exists: existsSync,
    },
    nodes,
  );
  if (lines.length === 0) return;
  throw new UserError(
    `A node needs what is missing here:\n${lines.map((line) => `  ${line}\n`).join("")}`.trimEnd(),
  );
}

/** Those of all processes that can be seen; root sees all. */
function inotifyInUse(): number {
  const folders = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return folders.reduce((sum, pid) => {
    const folder = join("/proc", pid, "fd");
    try {
      return sum + readdirSync(folder).filter((fd) => isInotify(join(folder, fd))).length;
    } catch {
      // It has ended, or is another user's.
      return sum;
    }
  }, 0);
}

function isInotify(file: string): boolean {
  try {
    return readlinkSync(file) === "anon_inode:inotify";
  } catch {
    return false;
  }
}

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
