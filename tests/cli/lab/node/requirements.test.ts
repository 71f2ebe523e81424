import assert from "node:assert/strict";
import { neededControllers } from "../../../../cli/lab/node/cgroups.js";
import { lacking, type Machine } from "../../../../cli/lab/node/requirements.js";

const machine: Machine = {
  linux: true,
  root: true,
  cgroups: neededControllers.map((name, index) => `${index + 1}:${name}:/`).join("\n"),
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
      cgroups: "0::/\n",
      has: (program) => program === "ip",
      exists: () => false,
    });
    assert.equal(lines.length, 3);
    assert.match(lines[0]!, /^root: .*sudo npm run lab:node$/);
    assert.equal(
      lines[1],
      "Debian packages: apt-get install --no-install-recommends debootstrap util-linux tar debian-archive-keyring",
    );
    assert.match(lines[2]!, /^cgroup v1 with cpu, .*name=systemd: .*npm start$/);
  });
});
