import type { HardeningItem } from "../../../components/control-plane/hardening.js";

/** What of a measure a process with these flags and this configuration does not have. */
export function deviations(
  item: HardeningItem,
  flags: Record<string, string>,
  configuration: object,
): string[] {
  if ("flags" in item) {
    return Object.entries(item.flags)
      .filter(([flag, value]) => flags[flag] !== value)
      .map(([flag, value]) => `--${flag} is ${flags[flag]}, wanted ${value}`);
  }
  if ("fields" in item) {
    return Object.entries(item.fields).flatMap(([path, wanted]) => {
      const found = path.split(".").reduce<any>((value, step) => value?.[step], configuration);
      if (found === wanted || (found === undefined && item.setBy === "default")) return [];
      return [`${path} is ${String(found)}, wanted ${String(wanted)}`];
    });
  }
  if ("never" in item) {
    return Object.entries(item.never)
      .filter(([flag, value]) => (value === "" ? flag in flags : flags[flag]?.split(",").includes(value)))
      .map(([flag]) => `--${flag} is ${flags[flag]}`);
  }
  return [];
}
