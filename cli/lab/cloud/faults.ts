/** A trouble that calls run into, as the lab's switch sets it. */
export interface Fault {
  /**
   * - `rate-limit`: status 429 with Retry-After.
   * - `error`: status 500.
   * - `time-out`: no answer; the connection is reset after `seconds`, unless the caller gives up first.
   */
  kind: "rate-limit" | "error" | "time-out";
  /** How many matching calls run into it. Default: 1. */
  times?: number;
  /** Method of the calls. Default: any. */
  method?: string;
  /** What their path, with the query, has to match. Default: any. */
  path?: RegExp;
  /** Seconds the caller is told to wait, or waits in vain. Default: 1. */
  seconds?: number;
  /** The call takes effect and only its answer is lost, which is the harder case for whoever tries again. Default: false. */
  takesEffect?: boolean;
}

/** The faults that are still to come, in the order they were set. */
export class Faults {
  readonly #pending: { fault: Fault; left: number }[] = [];

  /** @throws RangeError when it would never happen. */
  add(fault: Fault): void {
    const times = fault.times ?? 1;
    if (!Number.isInteger(times) || times < 1)
      throw new RangeError(`times is ${times}; it must be a whole number, 1 or more`);
    this.#pending.push({ fault, left: times });
  }

  /** The fault this call runs into, if any; one turn of it is used up. */
  take(method: string, path: string): Fault | undefined {
    const index = this.#pending.findIndex(
      ({ fault }) =>
        (fault.method ?? method) === method && (fault.path === undefined || path.search(fault.path) >= 0),
    );
    const found = this.#pending[index];
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left === 0) this.#pending.splice(index, 1);
    return found.fault;
  }
}
