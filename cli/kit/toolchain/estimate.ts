/** How long builds take: minutes from a table, scaled by what the finished ones took on this machine. */
export class Estimate {
  private expected = 0;
  private measured = 0;

  /** @param remaining Minutes expected for what is not finished. */
  constructor(private remaining: number) {}

  /**
   * Moves a build from what remains to what is finished.
   *
   * @param measured Default: another process built it, which says nothing about this machine's speed.
   */
  finish(expected: number, measured?: number): void {
    this.remaining -= expected;
    if (measured === undefined) return;
    this.expected += expected;
    this.measured += measured;
  }

  /**
   * Time left, such as "about 6 minutes left".
   *
   * @param expected Minutes expected for the build that runs.
   * @param elapsed Minutes it has run.
   */
  left(expected: number, elapsed: number): string {
    const scale = this.expected > 0 ? this.measured / this.expected : 1;
    const minutes = (this.remaining - expected) * scale + Math.max(expected * scale - elapsed, 0);
    const rounded = Math.round(minutes);
    if (rounded === 0) return "less than a minute left";
    return rounded === 1 ? "about a minute left" : `about ${rounded} minutes left`;
  }
}
