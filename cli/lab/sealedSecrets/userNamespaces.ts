import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Kernel settings that refuse user namespaces to an ordinary user, with the value that does, and the one that allows. */
const settings = [
  // Debian's kernel.
  { name: "kernel.unprivileged_userns_clone", refuses: "0", allows: "1" },
  // Ubuntu from 23.10 on.
  { name: "kernel.apparmor_restrict_unprivileged_userns", refuses: "1", allows: "0" },
  { name: "user.max_user_namespaces", refuses: "0", allows: "15000" },
];

/**
 * Why a process cannot have a mount namespace of its own here, and what would allow it; undefined if it can. The
 * controller needs one: it looks for its credentials at one path only, and that is outside of the lab's folder.
 *
 * @param valueOf Reads a kernel setting; undefined where the kernel has no such one.
 */
export function userNamespaceProblem(valueOf = kernelSetting): string | undefined {
  const attempt = spawnSync(
    "unshare",
    ["--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/var/run"],
    { encoding: "utf8" },
  );
  if (attempt.status === 0) return undefined;
  if (attempt.error) return "unshare was not found; it is part of util-linux";
  const reason = attempt.stderr.trim().split("\n").at(-1);
  const commands = settings
    .filter(({ name, refuses }) => valueOf(name) === refuses)
    .map(({ name, allows }) => `sudo sysctl -w ${name}=${allows}`);
  const mend =
    commands.length > 0
      ? `allow them until the next start of the machine with: ${commands.join(" && ")}`
      : "no kernel setting forbids them, so it is the container or the security module this runs in: allow it unshare(2) and mount(2)";
  return `this machine refuses user namespaces (${reason}); ${mend}`;
}

function kernelSetting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name.replace(".", "/")}`, "utf8").trim();
  } catch {
    return undefined;
  }
}
