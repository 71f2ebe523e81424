import { setTimeout as sleep } from "node:timers/promises";

/** How long a lock stays valid when its owner no longer renews it. */
const staleAfter = 10_000;
const retryAfter = 500;

/**
 * Runs `work` under a file lock. A lock that nobody renews, because its owner is dead, is taken over.
 *
 * The lock only saves a second build: results are renamed into place, so two owners at a time do no harm.
 *
 * @param file The lock. Its owner makes it a folder and renews its time.
 * @param onWait Called once if another process holds it.
 */
export async function withLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  // Loaded here: it listens for signals, which only a process that builds needs.
  const { lock } = await import("proper-lockfile");
  const options = { lockfilePath: file, realpath: false, stale: staleAfter, onCompromised: () => {} };
  let release: (() => Promise<void>) | undefined;
  for (let waited = false; !release;) {
    try {
      release = await lock(file, options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      if (!waited) onWait();
      waited = true;
      await sleep(retryAfter);
    }
  }
  try {
    return await work();
  } finally {
    // Rejects if another process took the lock over while this one was suspended.
    await release().catch(() => {});
  }
}
