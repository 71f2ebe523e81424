import assert from "node:assert/strict";
import { base } from "./given.js";
import { Rig } from "./rig/rig.js";

describe("cluster-security-apply, when the API server does not answer at the start", () => {
  let rig: Rig;
  let pid: string;
  before(async () => {
    rig = await Rig.of();
    await rig.applied(base);
  });
  after(() => rig.stop());
  beforeEach(async () => {
    pid = (await rig.node.sh("pidof kube-apiserver")).trim();
    await rig.node.sh(`kill -STOP ${pid}`);
  });
  afterEach(() => rig.node.sh(`kill -CONT ${pid}`));

  const waiting = (seconds: number) =>
    new RegExp(
      `^-- waiting at most ${seconds} seconds for the API server at https://10\\.0\\.0\\.1:6443 to be ready: \\S.*\n`,
    );

  it("waits for it, and says so", async () => {
    const run = rig.apply(base);
    await rig.node.sh("sleep 8");
    await rig.node.sh(`kill -CONT ${pid}`);
    const { status, stdout, stderr } = await run;
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, waiting(20));
    assert.match(stdout, /\napplied: nothing changed\n$/);
  });

  it("gives up in the end, changes nothing, and names what to run then", async () => {
    const { status, stdout, stderr } = await rig.apply({ ...base, maxBackups: 9 }, { args: ["--wait", "3"] });
    assert.equal(status, 1);
    assert.match(stdout, waiting(1));
    assert.match(
      stderr,
      /^cluster-security-apply: the API server of this node is not ready at https:\/\/10\.0\.0\.1:6443 after 1 seconds: \S.*; nothing was changed\. When it is ready, run again: cluster-security-apply --node a <BUNDLE\n$/,
    );
    await rig.node.sh(`kill -CONT ${pid}`);
    await rig.ready();
    assert.equal(await rig.applied(base), "applied: nothing changed");
  });
});
