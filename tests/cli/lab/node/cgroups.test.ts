import assert from "node:assert/strict";
import { childCgroups, missingControllers, neededControllers } from "../../../../cli/lab/node/cgroups.js";

const mount = (root: string, point: string, type: string, options: string) =>
  `32 31 0:29 ${root} ${point} rw,relatime shared:4 - ${type} cgroup ${options}`;
const mounts = [
  "23 1 254:0 / / rw - ext4 /dev/vda rw",
  mount("/", "/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct"),
  mount("/box", "/sys/fs/cgroup/memory", "cgroup", "rw,memory"),
  mount("/", "/sys/fs/cgroup/systemd", "cgroup", "rw,xattr,name=systemd"),
  mount("/", "/sys/fs/cgroup/unified", "cgroup2", "rw"),
  "",
].join("\n");

describe("the cgroups of a node", () => {
  it("are children of those that this process is in, in each hierarchy that is mounted", () => {
    const own = "9:name=systemd:/\n7:pids:/x\n4:memory:/box/a/b\n1:cpu,cpuacct:/c\n0::/d\n";
    assert.deepEqual(childCgroups(own, mounts, "n"), [
      "/sys/fs/cgroup/systemd/n",
      "/sys/fs/cgroup/memory/a/b/n",
      "/sys/fs/cgroup/cpu,cpuacct/c/n",
      "/sys/fs/cgroup/unified/d/n",
    ]);
  });

  it("need every controller of version 1", () => {
    assert.deepEqual(missingControllers("0::/user.slice\n"), [...neededControllers]);
    const all = neededControllers.map((name, index) => `${index + 1}:${name}:/`).join("\n");
    assert.deepEqual(missingControllers(all), []);
    assert.deepEqual(missingControllers(all.replace(":pids:", ":rdma:")), ["pids"]);
  });
});
