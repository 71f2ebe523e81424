import assert from "node:assert/strict";
import { lacking, withSbin, type Machine } from "../../../../cli/lab/node/requirements.js";

const machine: Machine = {
  linux: true,
  root: true,
  cgroups: "0::/\n",
  controllers: "cpuset cpu io memory pids\n",
  memory: "MemTotal: 16000000 kB\nMemAvailable:    5000000 kB\n",
  inotify: { limit: 128, used: 40 },
  has: () => true,
  exists: () => true,
};

describe("what a node needs of a machine", () => {
  it("is all there, or it says what is not and how to get it", () => {
    assert.deepEqual(lacking(machine), []);
    assert.deepEqual(lacking({ ...machine, linux: false, root: false }), [
      "Linux: the node is made of its namespaces",
    ]);
    const lines = lacking({
      ...machine,
      root: false,
      controllers: "cpu io memory\n",
      has: (program) => program === "ip",
      exists: () => false,
    });
    assert.match(lines[0]!, /^root: .*sudo npm start -- --cluster node$/);
    assert.equal(
      lines[1],
      "Debian packages: apt-get install --no-install-recommends " +
        "debootstrap coreutils util-linux socat tar systemd debian-archive-keyring",
    );
    assert.match(lines[2]!, /^systemd, which makes the cgroup .*npm start$/);
    assert.match(lines[3]!, /^cgroup v2 with cpuset, pids: .*npm start$/);
    assert.equal(lines.length, 4);
    assert.match(
      lacking({ ...machine, cgroups: "1:cpu:/\n", has: (program) => program !== "systemd-run" })[0]!,
      /^cgroup v1 with cpuacct, .*name=systemd: /,
    );
  });

  it("is memory and inotify instances for each of several nodes", () => {
    assert.deepEqual(lacking(machine, 2), []);
    assert.deepEqual(lacking(machine, 3), [
      "memory: 3 nodes take 6 GB, and 5.0 GB are available",
      "inotify instances: 3 nodes take 90, and 88 are free of the 128 that a user may have; sysctl fs.inotify.max_user_instances=220",
    ]);
  });

  it("is looked for in the folders of root's programs as well", () => {
    const path = "/usr/local/bin:/usr/bin:/usr/sbin:/sbin";
    assert.equal(withSbin("/usr/local/bin:/usr/bin"), path);
    assert.equal(withSbin(path), path);
    assert.equal(withSbin(""), "/usr/sbin:/sbin");
  });
});
