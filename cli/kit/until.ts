import { setTimeout as sleep } from "node:timers/promises";

type Awaitable<T> = T | Promise<T>;

export interface WaitOptions {
  /** How long is waited. Default: 30. */
  seconds?: number;
  /** Milliseconds between two tries. Default: 100. */
  pause?: number;
}

/** Asks again and again until the answer is neither undefined nor false. Returns it, or undefined when the time is over. */
export async function answerOf<T>(
  ask: () => Awaitable<T | undefined | false>,
  { seconds = 30, pause = 100 }: WaitOptions = {},
): Promise<T | undefined> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) return undefined;
    await sleep(pause);
  }
}

/**
 * Like {@link answerOf}. What `ask` throws ends the waiting.
 *
 * @param late What the error says when the time is over.
 */
export async function until<T>(
  ask: () => Awaitable<T | undefined | false>,
  late: string | (() => Awaitable<string>),
  options?: WaitOptions,
): Promise<T> {
  const answer = await answerOf(ask, options);
  if (answer === undefined) throw new Error(typeof late === "string" ? late : await late());
  return answer;
}
