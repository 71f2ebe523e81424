/** Does the work on a clock by which every wait is over as soon as it has begun. */
export async function hurried<T>(work: () => Promise<T>): Promise<T> {
  const { now } = performance;
  let asked = 0;
  performance.now = () => now.call(performance) + 1_000_000 * asked++;
  try {
    return await work();
  } finally {
    performance.now = now;
  }
}
