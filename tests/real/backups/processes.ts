import { readdirSync, readFileSync } from "node:fs";

/** Every process of a group, zombies included. */
export function membersOf(group: number): string[] {
  return readdirSync("/proc").filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]) === group;
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}

/** Command lines and environments of every process of a group. */
export function commandLinesOf(group: number): string[] {
  return membersOf(group)
    .flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`])
    .flatMap((file) => {
      try {
        return [readFileSync(file, "utf8").replaceAll("\0", " ").trim()];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}
