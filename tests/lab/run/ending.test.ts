import assert from "node:assert/strict";
import { StartedLab } from "./startedLab.js";

const nothing: string[] = [];

describe("npm start", function () {
  this.timeout(600_000);
  const labs: StartedLab[] = [];
  const started = (name: string, ...options: string[]): StartedLab => {
    const lab = new StartedLab(`ending-${name}-${process.pid}`, ...options);
    labs.push(lab);
    return lab;
  };
  after(() => {
    for (const lab of labs) lab.stop();
  });

  it("ends with nothing left on Ctrl-C in the middle of an up; a lab to keep, beside it, goes on until lab:stop", async () => {
    const [interrupted, beside] = [started("interrupted"), started("beside", "--keep")];
    await Promise.all([
      interrupted.until(() => interrupted.applied() > 60),
      beside.until(() => beside.isStarting("kube-apiserver")),
    ]);
    for (const lab of [interrupted, beside]) lab.notePorts();
    interrupted.signal("SIGINT");
    assert.equal(await interrupted.end, 130, interrupted.output);
    assert.deepEqual(await interrupted.left(), nothing);
    assert.match(interrupted.output, /^SIGINT: stopping lab ending-interrupted-\d+$/m);
    assert.doesNotMatch(interrupted.output, /Error|Logs:|^ +at /m);

    await beside.until(() => /^pulumi up, again .* s +\d+ unchanged$/m.test(beside.output));
    // In the middle of a refresh.
    beside.signal("SIGKILL");
    assert.equal(await beside.end, 137);
    const ofCluster = /^(process \d+: \S+\/(etcd|kube-[a-z-]+|kwok) --.*|port \d+|files)$/;
    assert.deepEqual(await beside.left(ofCluster), nothing);
    const servers = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];
    assert.deepEqual(beside.servers(), servers);
    assert.equal(beside.stop(), `lab ${beside.name} is stopped and removed\n`);
    assert.deepEqual(await beside.left(), nothing);
    assert.equal(beside.stop(), `there is no lab ${beside.name}\n`);
  });

  it("ends with nothing left when it is told to while the control plane starts", async () => {
    const lab = started("terminated");
    await lab.until(() => lab.isStarting("kube-apiserver"));
    lab.notePorts();
    lab.signal("SIGTERM");
    assert.equal(await lab.end, 143, lab.output);
    assert.deepEqual(await lab.left(), nothing);
    assert.match(lab.output, /^SIGTERM: stopping lab ending-terminated-\d+$/m);
    assert.doesNotMatch(lab.output, /Error|Logs:|^ +at /m);
  });

  it("leaves no process and no port when it is killed, and lab:stop removes the files", async () => {
    const lab = started("killed");
    await lab.until(() => lab.isStarting("kube-controller-manager"));
    lab.notePorts();
    lab.signal("SIGKILL");
    assert.equal(await lab.end, 137);
    assert.deepEqual(await lab.left(/^files$/), nothing);
    assert.equal(lab.stop(), `lab ${lab.name} is stopped and removed\n`);
    assert.deepEqual(await lab.left(), nothing);
  });
});
