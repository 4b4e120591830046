/** The last hour of a plugin in a fixed amount of memory: a sample every few seconds, for rates and small plots. */

/** Totals and current values at one moment. */
export interface Sample {
  /** Monotonic time in milliseconds. */
  readonly atMs: number;
  /** Totals since the start. */
  readonly records: number;
  readonly logEvents: number;
  readonly lines: number;
  readonly bytes: number;
  /** The largest distance of a shard from its tip, in milliseconds. */
  readonly lagMs: number;
  /** Memory of lines and records that wait. */
  readonly bufferedBytes: number;
}

/** Per second. */
export interface Rate {
  /** Kinesis records read. */
  readonly records: number;
  /** Log events in them. */
  readonly logEvents: number;
  /** Lines confirmed. */
  readonly lines: number;
  /** Bytes of these lines. */
  readonly bytes: number;
}

export type RateWindow = '10s' | '1m' | '5m';
export type Rates = Readonly<Record<RateWindow, Rate>>;

/** What happened in one step of a plot. */
export interface HistoryPoint {
  /** Before the moment of the call, in milliseconds. */
  readonly ageMs: number;
  readonly linesPerSecond: number;
  readonly lagMs: number;
  readonly bufferedBytes: number;
}

export const sampleMs = 5000;
const hourMs = 3_600_000;
const maxSamples = hourMs / sampleMs + 1;
const windowMs: Readonly<Record<RateWindow, number>> = { '10s': 10_000, '1m': 60_000, '5m': 300_000 };
const keys = ['atMs', 'records', 'logEvents', 'lines', 'bytes', 'lagMs', 'bufferedBytes'] as const;

export class History {
  readonly #values = new Float64Array(maxSamples * keys.length);
  /** Samples ever added. */
  #added = 0;

  add(sample: Sample): void {
    const at = (this.#added % maxSamples) * keys.length;
    for (const [index, key] of keys.entries()) this.#values[at + index] = sample[key];
    this.#added++;
  }

  /** Over each window, or since the first sample if that is later. */
  rates(now: Sample): Rates {
    const over = (ms: number) => toRate(this.#lastBefore(now.atMs - ms) ?? this.#oldest ?? now, now);
    return { '10s': over(windowMs['10s']), '1m': over(windowMs['1m']), '5m': over(windowMs['5m']) };
  }

  /** At most `count` steps of equal length up to now, oldest first. */
  points(now: Sample, count: number): readonly HistoryPoint[] {
    const samples = [...this.#samples(), now].filter(({ atMs }) => now.atMs - atMs <= hourMs);
    const step = Math.max(1, Math.ceil((samples.length - 1) / count));
    const ends = samples.filter((_, index) => index > 0 && (samples.length - 1 - index) % step === 0);
    return ends.map((end) => {
      const index = samples.indexOf(end);
      const part = samples.slice(Math.max(0, index - step), index + 1);
      return {
        ageMs: now.atMs - end.atMs,
        linesPerSecond: toRate(part[0] as Sample, end).lines,
        // The worst of each step, so that a short peak stays visible.
        lagMs: Math.max(...part.slice(1).map(({ lagMs }) => lagMs)),
        bufferedBytes: Math.max(...part.slice(1).map(({ bufferedBytes }) => bufferedBytes)),
      };
    });
  }

  get #oldest(): Sample | undefined {
    return this.#added === 0 ? undefined : this.#at(Math.max(0, this.#added - maxSamples));
  }

  #lastBefore(atMs: number): Sample | undefined {
    for (let index = this.#added - 1; index >= Math.max(0, this.#added - maxSamples); index--) {
      const sample = this.#at(index);
      if (sample.atMs <= atMs) return sample;
    }
    return undefined;
  }

  *#samples(): Generator<Sample> {
    for (let index = Math.max(0, this.#added - maxSamples); index < this.#added; index++) yield this.#at(index);
  }

  #at(index: number): Sample {
    const at = (index % maxSamples) * keys.length;
    return Object.fromEntries(keys.map((key, offset) => [key, this.#values[at + offset]])) as unknown as Sample;
  }
}

function toRate(from: Sample, to: Sample): Rate {
  const seconds = (to.atMs - from.atMs) / 1000;
  const rate = (key: 'records' | 'logEvents' | 'lines' | 'bytes') =>
    seconds > 0 ? Math.max(0, to[key] - from[key]) / seconds : 0;
  return { records: rate('records'), logEvents: rate('logEvents'), lines: rate('lines'), bytes: rate('bytes') };
}
