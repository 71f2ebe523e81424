import { createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "../../kit/listen.js";
import { isDaemonRunning, lastLines, start, stop, type DaemonSpec } from "./daemon.js";

/** Time the API server has for finding fault with its files after it has turned to etcd; it takes a twentieth of that. */
const graceMilliseconds = 1500;
const limitSeconds = 30;

/**
 * Lets the API server read its files, with nothing running that it could change: it is started with a port that takes
 * connections for etcd and says nothing. What it finds wrong it says before it waits for an answer; it has no option that
 * checks a configuration and does nothing else.
 *
 * @param command Command on a port of its own, given the address of that etcd.
 * @throws Error with the API server's own reason.
 */
export async function rehearse(
  spec: Omit<DaemonSpec, "command" | "keep">,
  command: (etcd: string) => string[],
): Promise<void> {
  const sockets = new Set<Socket>();
  let asked: number | undefined;
  const etcd = createServer((socket) => {
    asked ??= performance.now();
    sockets.add(socket.on("error", () => {}));
  });
  const port = await listen(etcd);
  try {
    start({ ...spec, command: command(`https://127.0.0.1:${port}`), keep: false });
    const deadline = performance.now() + limitSeconds * 1000;
    // Whatever is wrong later shows when it is started in earnest.
    while (performance.now() < Math.min(deadline, (asked ?? Infinity) + graceMilliseconds)) {
      if (!isDaemonRunning(spec.processes, spec.name)) {
        throw new Error(
          `kube-apiserver refuses its configuration, so nothing was started. The end of its log:\n` +
            lastLines(spec.logs, spec.name),
        );
      }
      await sleep(25);
    }
  } finally {
    // It has nothing to bring to an end, and waiting for etcd it would not hear a polite signal.
    await stop(spec.processes, spec.name, 0);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => etcd.close(resolve));
  }
}
