import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "../../kit/toolchain/lock.js";
import type { Progress } from "../../kit/progress.js";
import { dyingWithThis, run } from "../../kit/run.js";
import { temporaryFolder } from "../../kit/temporaryFolder.js";
import { projectFolder } from "../../kit/toolchain/tool.js";
import { UserError } from "../../kit/userError.js";

const release = "bookworm";
const defaultMirror = "http://deb.debian.org/debian";

/**
 * Without recommended packages: systemd, containerd and what the kubelet, kube-proxy, Cilium and the program's own scripts
 * call, and servers for pods.
 */
const packages = [
  ...["systemd", "systemd-sysv", "containerd", "runc", "containernetworking-plugins", "catatonit"],
  ...["conntrack", "ebtables", "ethtool", "ipset", "iproute2", "iptables", "iputils-ping", "kmod", "socat"],
  ...["ca-certificates", "clang-19", "curl", "openssl", "procps", "util-linux", "busybox-static"],
  ...["restic", "postgresql-15", "prometheus-pushgateway", "git", "redis-tools"],
];

/** Units that would change the machine's hardware or settings, reach for a network that is not there, or that pods have. */
const masked = [
  ...["systemd-udevd.service", "systemd-udev-trigger.service", "systemd-modules-load.service"],
  ...["systemd-sysctl.service", "systemd-remount-fs.service", "systemd-timesyncd.service"],
  ...["dev-hugepages.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount", "sys-kernel-config.mount"],
  ...["proc-sys-fs-binfmt_misc.automount", "apt-daily.timer", "apt-daily-upgrade.timer"],
  ...["postgresql.service", "prometheus-pushgateway.service"],
];

/** Files of the root that no package brings, at their paths. */
const files = fileURLToPath(new URL("root", import.meta.url));

const cache = join(projectFolder, ".cache", "node-root");

/**
 * The folder with the node's root: Debian with containerd, not configured for a cluster. It is made once, by debootstrap
 * (a minute or two, 1.4 GB), and nothing writes to it afterwards.
 *
 * @throws UserError with what debootstrap said.
 */
export async function debianRoot(progress: Progress): Promise<string> {
  const root = join(cache, digest());
  if (existsSync(root)) return root;
  mkdirSync(cache, { recursive: true });
  await withLock(
    `${root}.lock.d`,
    () => progress.step("waiting for another process that makes the node's root"),
    async () => {
      if (existsSync(root)) return;
      const scratch = temporaryFolder(cache);
      try {
        const made = join(scratch.path, "root");
        const from = await mirror();
        const shown = withoutPasswords(from);
        progress.step(`making the node's root from Debian ${release} of ${shown}, once: a minute or two`);
        await debootstrap(made, from);
        cpSync(files, made, { recursive: true });
        for (const unit of masked) symlinkSync("/dev/null", join(made, "etc/systemd/system", unit));
        renameSync(made, root);
      } finally {
        scratch.remove();
      }
    },
  );
  return root;
}

/** Digest of what the root is made from. Newer packages of the same release do not count. */
function digest(): string {
  const hash = createHash("sha256").update(JSON.stringify([release, packages, masked]));
  for (const entry of readdirSync(files, { recursive: true, withFileTypes: true }).sort(byPath)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    hash.update(JSON.stringify([path.slice(files.length), readFileSync(path, "utf8")]));
  }
  return hash.digest("hex").slice(0, 16);
}

type Entry = { parentPath: string; name: string };
const byPath = (a: Entry, b: Entry): number =>
  join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1;

/** A mirror's address, or a text with such, without its user and password. */
export const withoutPasswords = (text: string): string => text.replace(/\/\/[^/@\s]*@/g, "//");

/** In namespaces of its own, so that nothing stays mounted and nothing goes on running. */
async function debootstrap(folder: string, mirror: string): Promise<void> {
  const command = ["debootstrap", "--variant=minbase", `--include=${packages.join(",")}`];
  const alone = dyingWithThis(["unshare", "--mount", "--pid", "--fork", "--kill-child"]);
  await run([...alone, ...command, release, folder, mirror]).catch((error: Error & { stdout?: string }) => {
    // It reports on standard output.
    const said = [...(error.stdout ?? "").trim().split("\n").slice(-5), error.message].join("\n");
    throw new UserError(
      withoutPasswords(`debootstrap could not make the node's root from ${mirror}:\n${said}`),
    );
  });
}

/** The mirror that this machine takes its own packages of the release from; Debian's where it has none. */
async function mirror(): Promise<string> {
  const args = ["--format", "$(SITE) $(RELEASE) $(COMPONENT)", "Identifier: Packages"];
  const { stdout } = await run(["apt-get", "indextargets", ...args]).catch(() => ({ stdout: "" }));
  const lines = stdout.split("\n").map((line) => line.split(" "));
  const own = lines.find(([, suite, component]) => suite === release && component === "main");
  return own?.[0] ?? defaultMirror;
}
