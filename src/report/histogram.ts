/** Counts durations by size, in a fixed number of buckets. */

/** A histogram at one moment. Counts are not cumulative. */
export interface Durations {
  /** Upper bound of each bucket in seconds, ascending. */
  readonly bounds: readonly number[];
  /** One count for each bound, and one more for everything above the last. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sumSeconds = 0;

  /** @param bounds in seconds, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Takes a duration in milliseconds. One below zero, from clocks that differ, counts as zero. */
  observe(ms: number): void {
    const seconds = ms > 0 ? ms / 1000 : 0;
    let index = 0;
    while (index < this.#bounds.length && seconds > (this.#bounds[index] as number)) index++;
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#sumSeconds += seconds;
  }

  read(): Durations {
    return { bounds: this.#bounds, counts: [...this.#counts], sumSeconds: this.#sumSeconds };
  }
}
