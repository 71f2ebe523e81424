import assert from "node:assert/strict";
import { existsSync } from "node:fs";
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

  it("ends with nothing left on Ctrl-C in the middle of an up, and the lab beside it comes to its end", async () => {
    const [interrupted, beside] = [started("interrupted"), started("beside")];
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

    assert.ok(existsSync(beside.paths.root), "the other one goes on");
    assert.equal(await beside.end, 0, beside.output);
    assert.match(beside.output, /^pulumi up, again .* unchanged$/m);
    assert.deepEqual(await beside.left(), nothing);
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

  it("of a lab to keep leaves a cluster when it is killed in the middle of an up, and lab:stop ends it", async () => {
    const lab = started("kept", "--keep");
    await lab.until(() => lab.applied() > 30);
    lab.notePorts();
    lab.signal("SIGKILL");
    assert.equal(await lab.end, 137);
    const ofCluster = /^(process \d+: \S+\/(etcd|kube-[a-z-]+|kwok) --.*|port \d+|files)$/;
    assert.deepEqual(await lab.left(ofCluster), nothing);
    const servers = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];
    assert.deepEqual(lab.servers(), servers);
    assert.equal(lab.stop(), `lab ${lab.name} is stopped and removed\n`);
    assert.deepEqual(await lab.left(), nothing);
    assert.equal(lab.stop(), `there is no lab ${lab.name}\n`);
  });
});
