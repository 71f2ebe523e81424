import { setTimeout as sleep } from "node:timers/promises";

const statuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type CleanUp = (signal: string) => Promise<void> | void;

let cleanUp: CleanUp = () => {};
let ending = false;

/** Sets what is done on a signal before the process exits. Default: nothing but the exit handlers. */
export function onSignal(work: CleanUp): void {
  cleanUp = work;
}

/** Waits for a signal that has ended a child: Ctrl-C goes to every process of a terminal, and a child may get it first. */
export function letSignalCome(): Promise<void> {
  return sleep(200);
}

/** Goes on unless a signal has come: that ends this process, once everything is cleaned up. */
export async function leaveToSignal(): Promise<void> {
  await letSignalCome();
  if (ending) await new Promise(() => {});
}

/**
 * Ctrl-C and its like clean up and exit with 128 and the number of the signal. A second signal changes nothing, so that
 * nothing is left half cleaned up.
 */
export function endOnSignals(): void {
  for (const [signal, status] of Object.entries(statuses)) {
    // Stays for good: packages that end a process in their own way do so once they find nobody else listening.
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      void (async () => cleanUp(signal))().then(
        () => process.exit(status),
        (error: Error) => {
          process.stderr.write(`${error.message}\n`);
          process.exit(status);
        },
      );
    });
  }
}
