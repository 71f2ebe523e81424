import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Folders for a node's cgroups, one per hierarchy: children of the cgroups that this process is in.
 *
 * @param own Content of /proc/self/cgroup (cgroups(7)).
 * @param mounts Content of /proc/self/mountinfo.
 * @param name Name of the children.
 * @returns Hierarchies that are not mounted are left out.
 */
export function childCgroups(own: string, mounts: string, name: string): string[] {
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

/** The hierarchies of cgroup v1 that a node mounts. */
export const neededControllers = [
  ...["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "name=systemd"],
] as const;

/** Which of {@link neededControllers} /proc/self/cgroup does not name: all of them on a machine with cgroup v2 alone. */
export function missingControllers(own: string): string[] {
  const there = own.split("\n").flatMap((line) => line.split(":")[1]?.split(",") ?? []);
  return neededControllers.filter((name) => !there.includes(name));
}

/**
 * Removes a cgroup with those below it.
 *
 * @returns false while a process is in one of them.
 */
export function removeCgroup(path: string): boolean {
  if (!existsSync(path)) return true;
  const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (!below.map(({ name }) => removeCgroup(join(path, name))).every(Boolean)) return false;
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBUSY") return false;
    throw error;
  }
}
