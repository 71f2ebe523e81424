import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "../../../cli/kit/until.js";
import { demandRoot } from "../../kit/skip.js";
import { folderOfSuite } from "../../kit/folder.js";

const part = fileURLToPath(
  new URL("../../../components/control-plane/node/apply/kubernetes.sh", import.meta.url),
);
const shell = (script: string, ...args: string[]) =>
  spawnSync("sh", ["-c", `tab=$(printf '\\t'); . '${part}'; ${script}`, "sh", ...args], { encoding: "utf8" });

describe("a static pod's process, for cluster-security-apply", () => {
  const folder = folderOfSuite();
  before(() => {
    chmodSync(folder(), 0o755);
  });

  const slice = (uid: string) =>
    `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid}.slice/cri-containerd-1.scope\n`;
  for (const [what, cgroup, uid, is] of [
    ["is one in the pod's cgroup", slice("fedcba9876543210fedcba9876543210"), 0, true],
    [
      "is one there by cgroupfs, whatever its account",
      "4:memory:/kubepods/burstable/pod0123456789abcdef0123456789abcdef/1\n",
      65534,
      true,
    ],
    ["is none in another pod's, of root too", slice("11111111_2222_3333_4444_555555555555"), 0, false],
    ["is none where the UID is no static pod's", slice("fedcba9876543210"), 0, false],
    ["is root's own outside of pods", "0::/system.slice/x.service\n", 0, true],
    ["is nobody else's outside of pods", "0::/user.slice/user-1000.slice\n", 1000, false],
  ] as const) {
    it(what, () => {
      const process = folder("process");
      mkdirSync(process, { recursive: true });
      writeFileSync(join(process, "cgroup"), cgroup);
      writeFileSync(join(process, "status"), `Name:\tx\nUid:\t${[uid, uid, uid, uid].join("\t")}\nGid:\t0\n`);
      const { status, stderr } = shell('of_kubelet "$1"', process);
      assert.equal(stderr, "");
      assert.equal(status === 0, is);
    });
  }

  it("is no process of an ordinary account that has its name", async () => {
    const program = folder("kube-apiserver");
    copyFileSync("/bin/sleep", program);
    chmodSync(program, 0o755);
    const account = process.getuid!() === 0 ? 65534 : process.getuid!();
    const other = spawn(program, ["600"], { uid: account, stdio: "ignore" });
    try {
      const named = () =>
        spawnSync("pgrep", ["-x", "kube-apiserver"], { encoding: "utf8" }).stdout.split("\n");
      await until(() => named().includes(String(other.pid)), "it does not start");
      const { stdout } = shell("pids_of kube-apiserver");
      assert.ok(!stdout.split("\n").includes(String(other.pid)), stdout);
    } finally {
      other.kill("SIGKILL");
    }
  });

  it("is root's that has its name", async function () {
    demandRoot(this);
    mkdirSync(folder("own"));
    const program = folder("own/kube-apiserver");
    copyFileSync("/bin/sleep", program);
    const own = spawn(program, ["600"], { stdio: "ignore" });
    try {
      await until(
        () => shell("pids_of kube-apiserver").stdout.split("\n").includes(String(own.pid)),
        "it is not found",
      );
    } finally {
      own.kill("SIGKILL");
    }
  });
});
