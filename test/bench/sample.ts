/** What one measurement gives, whatever is measured; a figure that a kind of measurement does not have is left out. */
export interface Sample {
  /** Time that passed for a flow log, in nanoseconds. */
  readonly nsPerFlow?: number;
  /** Time that all threads of the process computed for a flow log, in nanoseconds. */
  readonly cpuNsPerFlow?: number;
  /** Bytes of a flow log after gunzip, its share of the envelope included. */
  readonly bytesPerFlow?: number;
  /** The most memory that the process ever had. */
  readonly peakBytes?: number;
  /** What it had before the measurement began: Node, the code and the input. */
  readonly baseBytes?: number;
  /** From the start of the process to the first row at the receiver, in milliseconds. */
  readonly firstRowMs?: number;
  /** From the start of the process to its end, in milliseconds. */
  readonly endMs?: number;
  /** Used of what AWS lets one reader take from the shards, 0 to 1. */
  readonly limitShare?: number;
}

export type FigureName = keyof Sample;

/** Figure by figure; a figure that no sample has stays left out. */
export function medianSample(samples: readonly Sample[]): Sample {
  const names = new Set(samples.flatMap((sample) => Object.keys(sample) as FigureName[]));
  return Object.fromEntries(
    [...names].map((name) => [name, medianOf(samples.flatMap((sample) => sample[name] ?? []))]),
  );
}

/** NaN for no values. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 0 ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}
