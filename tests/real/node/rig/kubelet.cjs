"use strict";
const { spawn } = require("node:child_process");
const {
  appendFileSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} = require("node:fs");
const { createServer } = require("node:http");
const { join } = require("node:path");
const { clearTimeout, setInterval, setTimeout } = require("node:timers");
const { parse } = require("yaml");

/**
 * What a kubelet does with static pods: runs what the manifests say, starts anew what ends, and restarts what has another
 * manifest, after the old process is gone. It answers /healthz, and reads its configuration when it is restarted (SIGHUP,
 * from the rig's systemctl). First process of a node's namespaces.
 */
const manifests = "/etc/kubernetes/manifests";
const backoff = 1000;
const grace = 5000;
/** Milliseconds until a changed manifest is seen; a test may write another number there. */
const slowness = "/var/lib/kubelet/slowness";
/** By file name: text of the manifest that runs, its process, and when it may be started again. */
const pods = new Map();

function wanted() {
  const texts = new Map();
  let files = [];
  try {
    files = readdirSync(manifests);
  } catch {
    // No cluster yet.
  }
  for (const file of files.filter((name) => name.endsWith(".yaml") && !name.startsWith("."))) {
    try {
      texts.set(file, readFileSync(join(manifests, file), "utf8"));
    } catch {
      // Gone in between.
    }
  }
  return texts;
}

/** Undefined while somebody is still writing it. */
function read(text) {
  try {
    return parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

function start(pod) {
  const manifest = read(pod.text);
  if (!manifest) return;
  const { metadata, spec } = manifest;
  const [program, ...parameters] = spec.containers[0].command;
  const folder = `/var/log/pods/kube-system_${metadata.name}-node_0/${metadata.name}`;
  mkdirSync(folder, { recursive: true });
  const log = openSync(join(folder, "0.log"), "a");
  pod.process = spawn(join("/usr/local/sbin", program), parameters, {
    argv0: program,
    stdio: ["ignore", log, log],
    // More memory for less time: an API server that starts spends a sixth of its time on garbage.
    env: { ...process.env, GOGC: "400" },
  });
  closeSync(log);
  const ended = () => {
    pod.process = undefined;
    pod.after = Date.now() + backoff;
  };
  pod.process.on("exit", ended).on("error", (error) => {
    appendFileSync(join(folder, "0.log"), `${error}\n`);
    ended();
  });
}

function stop(pod) {
  if (pod.stopping) return;
  pod.stopping = true;
  const { process } = pod;
  process.kill("SIGTERM");
  const timer = setTimeout(() => process.kill("SIGKILL"), grace);
  process.once("exit", () => {
    clearTimeout(timer);
    pod.stopping = false;
    pod.after = 0;
  });
}

/** True while a manifest has not been different for long enough. */
function unseen(pod) {
  let milliseconds = 0;
  try {
    milliseconds = Number(readFileSync(slowness, "utf8"));
  } catch {
    // At once.
  }
  pod.differs ??= Date.now();
  return Date.now() < pod.differs + milliseconds;
}

setInterval(() => {
  const texts = wanted();
  for (const [file, text] of texts) if (!pods.has(file)) pods.set(file, { text, after: 0 });
  for (const [file, pod] of pods) {
    const text = texts.get(file);
    if (text === pod.text) {
      pod.differs = undefined;
      if (!pod.process && Date.now() >= pod.after) start(pod);
    } else if (unseen(pod)) {
      continue;
    } else if (pod.process) {
      stop(pod);
    } else if (text === undefined) {
      pods.delete(file);
    } else {
      Object.assign(pod, { text, after: 0, differs: undefined });
    }
  }
}, 100);

let configuration;
let restarts = 0;
function readConfiguration() {
  restarts++;
  try {
    configuration = parse(readFileSync("/var/lib/kubelet/config.yaml", "utf8"));
  } catch {
    configuration = undefined;
  }
}
readConfiguration();
process.on("SIGHUP", readConfiguration);
createServer((request, response) => {
  // A kubelet with a field it does not understand does not come up.
  const healthy = configuration?.kind === "KubeletConfiguration" && configuration.podPidsLimit !== "many";
  response.writeHead(healthy ? 200 : 500).end(healthy ? JSON.stringify({ restarts, configuration }) : "no");
})
  .listen(10248, "127.0.0.1", 0)
  .on("error", () => {});
process.on("SIGTERM", () => process.exit(0));
writeFileSync("/var/lib/kubelet/up", "");
