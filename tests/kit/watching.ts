import { Worker } from "node:worker_threads";

/**
 * Starts a worker that watches; returns once it does.
 *
 * @param script Gets `data` with `stop`, a SharedArrayBuffer whose first number becomes 1 when it is to end. It sends one
 *   message when it has begun, and one with what it saw.
 * @returns Ends it and gives what it saw.
 */
export async function watching<Seen>(script: URL, data: object): Promise<() => Promise<Seen>> {
  const stop = new SharedArrayBuffer(4);
  const worker = new Worker(script, { workerData: { ...data, stop }, execArgv: [] });
  const message = () =>
    new Promise<unknown>((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await message();
  return async () => {
    const seen = message();
    Atomics.store(new Int32Array(stop), 0, 1);
    return (await seen) as Seen;
  };
}
