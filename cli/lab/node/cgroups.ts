import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Folders below the cgroups that this process is in, one per hierarchy (cgroups(7)). Hierarchies that are not mounted are
 * left out.
 */
function childCgroups(own: string, mounts: string, name: string): string[] {
  const mounted = mounts
    .split("\n")
    .map((line) => line.split(" - "))
    .flatMap(([before, after]) => {
      const [, , , root, point] = before!.split(" ");
      const [type, , options] = after?.split(" ") ?? [];
      if (type !== "cgroup" && type !== "cgroup2") return [];
      return [{ root: root!, point: point!, controllers: type === "cgroup" ? options!.split(",") : [""] }];
    });
  return own
    .split("\n")
    .filter(Boolean)
    .flatMap((line) => {
      const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line)!;
      const [first] = controllers!.split(",");
      const mount = mounted.find((one) => one.controllers.includes(first!));
      if (!mount) return [];
      const below = mount.root === "/" ? path! : path!.slice(mount.root.length);
      return [[mount.point, ...below.split("/").filter(Boolean), name].join("/")];
    });
}

/** Where a node's processes are, and how what holds it is started. */
export interface Cgroups {
  /** What the command line of the holder begins with. */
  prefix: string[];
  /** Folders that the holder makes, and that the node's processes are in. */
  groups: string[];
  /** Folders that are gone when nothing of the node is left. */
  all: string[];
}

/**
 * On a machine with cgroup v2 alone a scope of systemd's is delegated to the node, as systemd wants it
 * (https://systemd.io/CGROUP_DELEGATION/); with v1 the node's cgroups are children of this process's.
 *
 * @param own Content of /proc/self/cgroup.
 * @param mounts Content of /proc/self/mountinfo.
 * @param name Name of the scope, or of the children.
 */
export function cgroupsOf(own: string, mounts: string, name: string): Cgroups {
  if (!isVersion2(own)) {
    const groups = childCgroups(own, mounts, name);
    return { prefix: [], groups, all: groups };
  }
  const scope = ["systemd-run", "--scope", "--quiet", "--collect", "--property=Delegate=yes"];
  const folder = `/sys/fs/cgroup/system.slice/${name}.scope`;
  return {
    prefix: [...scope, "--slice=system.slice", `--unit=${name}`],
    groups: [`${folder}/node`],
    all: [folder],
  };
}

/** Whether a machine has cgroup v2 alone. */
export const isVersion2 = (own: string): boolean => own.trim().startsWith("0::");

/** The hierarchies that a node mounts on a machine with cgroup v1, and the controllers that it needs on one with v2. */
const needed = {
  1: ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "name=systemd"],
  2: ["cpu", "cpuset", "io", "memory", "pids"],
} as const;

/**
 * What a node needs of a machine's cgroups and is not there.
 *
 * @param own Content of /proc/self/cgroup.
 * @param controllers Content of /sys/fs/cgroup/cgroup.controllers.
 */
export function missingControllers(own: string, controllers: string): string[] {
  if (isVersion2(own)) return needed[2].filter((name) => !controllers.trim().split(" ").includes(name));
  const there = own.split("\n").flatMap((line) => line.split(":")[1]?.split(",") ?? []);
  return needed[1].filter((name) => !there.includes(name));
}

/**
 * Removes a cgroup with those below it.
 *
 * @returns false while a process is in one of them.
 */
export function removeCgroup(path: string): boolean {
  if (!existsSync(path)) return true;
  try {
    const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    if (!below.map(({ name }) => removeCgroup(join(path, name))).every(Boolean)) return false;
    rmdirSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EBUSY") return false;
    // systemd removes a scope as well.
    if (code === "ENOENT") return true;
    throw error;
  }
}
