import assert from "node:assert/strict";
import { interrupt } from "../../../kit/terminal.js";
import { StartedLab } from "./startedLab.js";

const nothing: string[] = [];

describe("npm start", function () {
  this.timeout(600_000);
  const labs: StartedLab[] = [];
  const named = (name: string): string => `ending-${name}-${process.pid}`;
  const watched = <Lab extends StartedLab>(lab: Lab): Lab => {
    labs.push(lab);
    return lab;
  };
  after(() => {
    for (const lab of labs) lab.end();
  });

  it("ends with nothing left on Ctrl-C in the middle of an up; a lab to keep, next to it, goes on until lab:stop", async () => {
    const interrupted = watched(StartedLab.onTerminal(named("interrupted"), "npm start --silent --"));
    const beside = watched(StartedLab.inBackground(named("beside"), "--keep"));
    await Promise.all([
      interrupted.command.until(() => interrupted.applied() > 60),
      beside.command.until(() => beside.isStarting("kube-apiserver")),
    ]);
    for (const lab of [interrupted, beside]) lab.notePorts();
    await interrupt(interrupted.command, 30);
    assert.deepEqual(await interrupted.left(), nothing);
    const { output } = interrupted.command;
    assert.match(output, /^SIGINT: stopping lab ending-interrupted-\d+$/m);
    assert.doesNotMatch(output, /Error|Logs:/);

    const soFar = beside.applied();
    await beside.command.until(
      () => beside.applied() > soFar || /^pulumi up .* created/m.test(beside.command.output),
    );
    // In the middle of its up, or after that.
    beside.command.signal("SIGKILL");
    assert.equal(await beside.command.end, 137);
    const ofCluster = /^(process \d+: \S+\/(etcd|kube-[a-z-]+|kwok) --.*|port \d+|files)$/;
    assert.deepEqual(await beside.left(ofCluster), nothing);
    const servers = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];
    assert.deepEqual(beside.servers(), servers);
    assert.equal(beside.stop(), `lab ${beside.name} is stopped and removed\n`);
    assert.deepEqual(await beside.left(), nothing);
    assert.throws(() => beside.stop(), {
      status: 1,
      stdout: new RegExp(`^there is no lab ${beside.name}\n`),
    });
  });

  it("ends with nothing left on Ctrl-C without npm, while the control plane starts", async () => {
    const lab = watched(StartedLab.onTerminal(named("early"), "node cli/cluster-security.cjs start"));
    await lab.command.until(() => lab.isStarting("kube-apiserver"));
    lab.notePorts();
    await interrupt(lab.command, 30);
    assert.deepEqual(await lab.left(), nothing);
  });

  it("ends with nothing left when it is told to while the control plane starts", async () => {
    const lab = watched(StartedLab.inBackground(named("terminated")));
    await lab.command.until(() => lab.isStarting("kube-apiserver"));
    lab.notePorts();
    lab.command.signal("SIGTERM");
    assert.equal(await lab.command.end, 143, lab.command.output);
    assert.deepEqual(await lab.left(), nothing);
    assert.match(lab.command.output, /^SIGTERM: stopping lab ending-terminated-\d+$/m);
    assert.doesNotMatch(lab.command.output, /Error|Logs:|^ +at /m);
  });

  it("leaves no process and no port when it is killed, and lab:stop removes the files", async () => {
    const lab = watched(StartedLab.inBackground(named("killed")));
    await lab.command.until(() => lab.isStarting("kube-controller-manager"));
    lab.notePorts();
    lab.command.signal("SIGKILL");
    assert.equal(await lab.command.end, 137);
    assert.deepEqual(await lab.left(/^files$/), nothing);
    assert.equal(lab.stop(), `lab ${lab.name} is stopped and removed\n`);
    assert.deepEqual(await lab.left(), nothing);
  });
});
