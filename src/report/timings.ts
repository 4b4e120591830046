/** How long records, flows and requests take: three histograms of a plugin. */
import { type Durations, Histogram } from './histogram.js';

/** All histograms at one moment. */
export interface TimingsSnapshot {
  /** From the arrival of a record in Kinesis to its confirmation. */
  readonly arrivalToConfirmation: Durations;
  /** From the end of the last flow of a record to the confirmation of the record. */
  readonly flowEndToConfirmation: Durations;
  /** Time of a call to AWS, by operation. */
  readonly awsCalls: Readonly<Record<string, Durations>>;
}

/** A record waits for its batch of CloudWatch Logs, then for a confirmation, and after an outage for hours. */
const recordBounds = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400];
/** A flow is captured for 1 or 10 minutes before AWS writes it. */
const flowBounds = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 14_400, 86_400];
const callBounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class Timings {
  readonly #now: () => number;
  #turnMs: number | undefined;
  readonly #arrival = new Histogram(recordBounds);
  readonly #flowEnd = new Histogram(flowBounds);
  readonly #calls = new Map<string, Histogram>();

  /** @param now by AWS' clock, which all of these times are of */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * @param arrivalMs when Kinesis received the record, if the service says so
   * @param flowEndMs when its last flow ended, if it has one
   */
  recordConfirmed(arrivalMs: number | undefined, flowEndMs: number | undefined): void {
    if (arrivalMs === undefined && flowEndMs === undefined) return;
    const nowMs = this.#nowOfTurn();
    if (arrivalMs !== undefined) this.#arrival.observe(nowMs - arrivalMs);
    if (flowEndMs !== undefined) this.#flowEnd.observe(nowMs - flowEndMs);
  }

  /** Thousands of records may be confirmed in one turn, and to ask the clock costs more than all the rest. */
  #nowOfTurn(): number {
    if (this.#turnMs === undefined) {
      this.#turnMs = this.#now();
      queueMicrotask(() => {
        this.#turnMs = undefined;
      });
    }
    return this.#turnMs;
  }

  callEnded(operation: string, ms: number): void {
    let histogram = this.#calls.get(operation);
    if (!histogram) {
      histogram = new Histogram(callBounds);
      this.#calls.set(operation, histogram);
    }
    histogram.observe(ms);
  }

  read(): TimingsSnapshot {
    return {
      arrivalToConfirmation: this.#arrival.read(),
      flowEndToConfirmation: this.#flowEnd.read(),
      awsCalls: Object.fromEntries([...this.#calls].map(([operation, histogram]) => [operation, histogram.read()])),
    };
  }
}
