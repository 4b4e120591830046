/**
 * What one record adds to the ledger: its log events by their source and the hour of their time. Events of the same source and
 * hour nearly always stand together, so they are counted in runs, by their index in the record. A run costs nothing per event.
 */
import type { EnvelopeSource } from './envelope.js';

export const hourMs = 3_600_000;

/** The hour of an event without a valid time; the ledger counts it as outside of the hours that it keeps. */
export const NO_HOUR = -1;

/** In hours since 1970. */
export function toHour(timestamp: number | undefined): number {
  return timestamp === undefined ? NO_HOUR : Math.floor(timestamp / hourMs);
}

/** What else can be said of an event, besides that it is accounted for. */
export type Mark = 'deadLettered' | 'filtered' | 'unparsed' | 'skipData';

/** The counts of one source and one hour. */
export interface EventTally {
  /** Accounted for: delivered, or one of the next two. */
  events: number;
  /** In the dead-letter file. A replay that delivers them subtracts them again. */
  deadLettered: number;
  /** Dropped by a format or a level of the host. */
  filtered: number;
  /** Matched no format. */
  unparsed: number;
  /** Told that AWS could not record flows. */
  skipData: number;
}

export function emptyTally(): EventTally {
  return { events: 0, deadLettered: 0, filtered: 0, unparsed: 0, skipData: 0 };
}

export interface HourTally extends Readonly<EventTally> {
  readonly source: EnvelopeSource;
  /** In hours since 1970; may be negative. */
  readonly hour: number;
}

/** A `Tally`, or a list. */
export interface HourTallies {
  forEach(take: (counts: HourTally) => void): void;
}

/** Events of one source and hour that stand together. */
class Run implements HourTally {
  readonly source: EnvelopeSource;
  readonly hour: number;
  /** Index of its first event. */
  readonly start: number;
  events = 0;
  deadLettered = 0;
  filtered = 0;
  unparsed = 0;
  skipData = 0;

  constructor(source: EnvelopeSource, hour: number, start: number) {
    this.source = source;
    this.hour = hour;
    this.start = start;
  }
}

export class Tally implements HourTallies {
  /** Most records have one run, and with small records many thousands wait for their ack. */
  #first: Run | undefined;
  /** The runs after it, ordered by index. */
  #others: Run[] | undefined;
  /** The run that is still going on. */
  #open: Run | undefined;

  /** The event with this index and those after it, up to the next call, are of this source and hour. */
  start(index: number, source: EnvelopeSource, hour: number): void {
    const open = this.#open;
    if (open?.source === source && open.hour === hour) return;
    this.end(index);
    this.#open = new Run(source, hour, index);
    this.#append(this.#open);
  }

  /** The event with this index and those after it do not count until the next start. */
  end(index: number): void {
    if (this.#open) this.#open.events = index - this.#open.start;
    this.#open = undefined;
  }

  /** @param index of an event that counts */
  mark(index: number, mark: Mark): void {
    const run = this.#find(index);
    if (run) run[mark]++;
  }

  /** Marks every event. */
  markAll(mark: Mark): void {
    this.forEach((run) => {
      run[mark] = run.events;
    });
  }

  /** Adds what another record counted. No event of either can be marked afterwards. */
  add(other: Tally): void {
    other.forEach((run) => {
      this.#append(run);
    });
  }

  /** Log events, once the last run has ended. */
  get events(): number {
    let events = 0;
    this.forEach((run) => {
      events += run.events;
    });
    return events;
  }

  /** Without an array or an iterator for the one run that most records have. */
  forEach(take: (run: Run) => void): void {
    if (this.#first) take(this.#first);
    if (this.#others) for (const run of this.#others) take(run);
  }

  #append(run: Run): void {
    if (!this.#first) this.#first = run;
    else if (this.#others) this.#others.push(run);
    else this.#others = [run];
  }

  /** The run with this index; undefined if the event does not count. A hostile record may have as many runs as events. */
  #find(index: number): Run | undefined {
    const others = this.#others ?? [];
    let [low, high] = [0, others.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((others[middle] as Run).start <= index) low = middle + 1;
      else high = middle;
    }
    const run = others[low - 1] ?? this.#first;
    const isIn = run !== undefined && index >= run.start && (run === this.#open || index < run.start + run.events);
    return isIn ? run : undefined;
  }
}
