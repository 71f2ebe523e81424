import assert from "node:assert/strict";
import { cgroupsOf, missingControllers } from "../../../../cli/lab/node/cgroups.js";

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
    const groups = [
      "/sys/fs/cgroup/systemd/n",
      "/sys/fs/cgroup/memory/a/b/n",
      "/sys/fs/cgroup/cpu,cpuacct/c/n",
      "/sys/fs/cgroup/unified/d/n",
    ];
    assert.deepEqual(cgroupsOf(own, mounts, "n"), { prefix: [], groups, all: groups });
  });

  it("are a scope that systemd delegates, where there is version 2 alone", () => {
    const { prefix, groups, all } = cgroupsOf("0::/user.slice/user-0.slice\n", "", "n");
    assert.equal(
      prefix.join(" "),
      "systemd-run --scope --quiet --collect --property=Delegate=yes --slice=system.slice --unit=n",
    );
    assert.deepEqual(groups, ["/sys/fs/cgroup/system.slice/n.scope/node"]);
    assert.deepEqual(all, ["/sys/fs/cgroup/system.slice/n.scope"]);
  });

  it("need controllers, of version 1 or of version 2", () => {
    const names = [
      "cpu",
      "cpuacct",
      "cpuset",
      "memory",
      "devices",
      "freezer",
      "blkio",
      "pids",
      "name=systemd",
    ];
    const version1 = names.map((name, index) => `${index + 1}:${name}:/`).join("\n");
    assert.deepEqual(missingControllers(version1, ""), []);
    assert.deepEqual(missingControllers(version1.replace(":pids:", ":rdma:"), ""), ["pids"]);
    assert.deepEqual(missingControllers("0::/\n", "cpuset cpu io memory hugetlb pids rdma\n"), []);
    assert.deepEqual(missingControllers("0::/\n", "cpu io memory\n"), ["cpuset", "pids"]);
  });
});
