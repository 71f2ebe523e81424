// Notes the arguments and the environment of a process and of everything below it, and the files of a folder, again and
// again until told to stop. On a thread of its own: the test's own thread may stand still.
const { readdirSync, readFileSync } = require("node:fs");
const { basename, join } = require("node:path");
const { parentPort, workerData } = require("node:worker_threads");

const { root, folder } = workerData;
const stop = new Int32Array(workerData.stop);
const seen = new Map();

const read = (file) => {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return ""; // It has gone, or is somebody else's.
  }
};

const list = (path) => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

const note = (place, owner, text) => {
  if (text !== "") seen.set(`${place} ${owner} ${text}`, { place, owner, text });
};

function family() {
  const parents = new Map();
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    const stat = read(`/proc/${pid}/stat`);
    parents.set(Number(pid), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  const ours = new Set([root]);
  for (let before = 0; before < ours.size;) {
    before = ours.size;
    for (const [pid, parent] of parents) if (ours.has(parent)) ours.add(pid);
  }
  return ours;
}

parentPort.postMessage("recording");
while (Atomics.load(stop, 0) === 0) {
  const rootCommand = read(`/proc/${root}/cmdline`);
  for (const pid of family()) {
    const command = read(`/proc/${pid}/cmdline`);
    // A child that has not yet executed its program is still a copy of the process that it comes from.
    const isRoot = pid === root || command === rootCommand;
    const program = `${basename(command.split("\0")[0])}${isRoot ? " (root)" : ""}`;
    note("arguments", program, command);
    note("environment", program, read(`/proc/${pid}/environ`));
  }
  for (const file of list(folder)) note("file", file, read(join(folder, file)));
  Atomics.wait(stop, 0, 0, 15);
}
parentPort.postMessage([...seen.values()]);
