// Reads the arguments and the environment of every process of this machine again and again, on a thread of its own: the
// test's own thread stands still while it waits for a command.
const { readdirSync, readFileSync } = require("node:fs");
const { basename } = require("node:path");
const { parentPort, workerData } = require("node:worker_threads");

const { needles } = workerData;
const stop = new Int32Array(workerData.stop);
const programs = new Set();
const found = new Set();

const read = (file) => {
  try {
    return readFileSync(file);
  } catch {
    // The process has ended, or is somebody else's.
    return Buffer.alloc(0);
  }
};

parentPort.postMessage("watching");
while (Atomics.load(stop, 0) === 0) {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const argumentsOf = read(`/proc/${pid}/cmdline`);
    if (argumentsOf.length === 0) continue;
    const program = basename(argumentsOf.toString("utf8").split("\0")[0]);
    programs.add(program);
    for (const [place, content] of [
      ["arguments", argumentsOf],
      ["environment", read(`/proc/${pid}/environ`)],
    ]) {
      for (const [name, needle] of Object.entries(needles)) {
        if (content.includes(needle)) found.add(`${name} in the ${place} of ${program}`);
      }
    }
  }
  Atomics.wait(stop, 0, 0, 2);
}
parentPort.postMessage({ programs: [...programs], found: [...found] });
