/** The figures of one measurement of any kind. Figures that do not apply to this kind are omitted. */
export interface Sample {
  /** Wall time for a flow log, in nanoseconds. */
  readonly nsPerFlow?: number;
  /** CPU time of all threads of the process for a flow log, in nanoseconds. */
  readonly cpuNsPerFlow?: number;
  /** Bytes of a flow log after gunzip, including its share of the envelope. */
  readonly bytesPerFlow?: number;
  /** Peak memory of the process. */
  readonly peakBytes?: number;
  /** Memory before the measurement began: Node, the code and the input. */
  readonly baseBytes?: number;
  /** From the start of the process to the first row at the receiver, in milliseconds. */
  readonly firstRowMs?: number;
  /** From the start of the process to its end, in milliseconds. */
  readonly endMs?: number;
  /** Used share of the rate that AWS allows one reader of the shards, 0 to 1. */
  readonly limitShare?: number;
}

export type FigureName = keyof Sample;

/** The median of each figure. A figure that is in no sample is omitted. */
export function medianSample(samples: readonly Sample[]): Sample {
  return combine(samples, medianOf);
}

/** The mean of each figure. */
export function meanSample(samples: readonly Sample[]): Sample {
  return combine(samples, (values) => values.reduce((sum, value) => sum + value, 0) / values.length);
}

function combine(samples: readonly Sample[], toOne: (values: readonly number[]) => number): Sample {
  const names = new Set(samples.flatMap((sample) => Object.keys(sample) as FigureName[]));
  return Object.fromEntries([...names].map((name) => [name, toOne(samples.flatMap((sample) => sample[name] ?? []))]));
}

/** NaN if there are no values. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 0 ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}
