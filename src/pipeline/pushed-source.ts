/**
 * A source that does not read: AWS or KCL does, and pushes the records. AWS Lambda pushes the batch of an invocation, the
 * MultiLangDaemon those of a shard. They have checkpoints of their own, which may move up to `PushedRun.place`.
 */
import { AckTracker } from '../checkpoint/ack-tracker.js';
import { describeError } from '../faults.js';
import type { TrackedPosition } from '../progress.js';
import type { StreamRecord } from '../record.js';
import { type Failure, retry } from '../retry.js';
import type { ShardStatus } from '../shard-status.js';
import { abortWith } from '../waiters.js';
import type { Source, SourceWiring } from './source.js';

export interface PushedRecord extends Pick<StreamRecord, 'shardId' | 'sequenceNumber' | 'data' | 'arrivalMs'> {
  /** Tells the records of a KPL aggregate apart, which share their sequence number. */
  readonly subSequenceNumber?: number | undefined;
}

/** A record of a run. */
export interface PushedPlace extends Pick<PushedRecord, 'sequenceNumber' | 'subSequenceNumber' | 'arrivalMs'> {
  /** Number of records of the run up to here, this one included. */
  readonly count: number;
}

/** Records in the order in which they have to be acked: of one invocation, or of one shard. */
export interface PushedRun {
  /**
   * Hands the records on, one after the other. Resolves with true when all are handed on and more may follow, with false if the
   * signal aborts first. Never rejects: a record that is not taken is retried.
   */
  push(records: readonly PushedRecord[], signal: AbortSignal): Promise<boolean>;
  /** The last record up to which everything is acked; undefined before the first. */
  readonly place: PushedPlace | undefined;
  /** Number of records that were pushed and are not acked, or are acked after one that is not. */
  readonly pending: number;
}

const backoff = { baseMs: 250, maxMs: 5000 };

export class PushedSource implements Source {
  /** The caller that pushes fills it if the shards are to be watched. */
  readonly status = new Map<string, ShardStatus>();
  readonly #wiring: SourceWiring;
  readonly #stop = new AbortController();
  readonly #pushes = new Set<Promise<unknown>>();
  #pending = 0;

  constructor(wiring: SourceWiring) {
    this.#wiring = wiring;
  }

  /** ARN of the stream that the following records are from. */
  setStream(arn: string): void {
    this.#wiring.onStream({ arn, createdMs: 0 });
  }

  /** @param onMove called after each move of the place */
  beginRun(onMove?: () => void): PushedRun {
    const tracker = new AckTracker<PushedPlace>(onMove);
    let count = 0;
    const track = ({ sequenceNumber, subSequenceNumber, arrivalMs }: PushedRecord) =>
      tracker.track({ sequenceNumber, subSequenceNumber, arrivalMs, count: ++count }, arrivalMs);
    return {
      push: (records, signal) => {
        const tracked = records.map((record) => ({ record, position: track(record) }));
        const pushing = this.#push(tracked, signal);
        this.#pushes.add(pushing);
        return pushing.finally(() => this.#pushes.delete(pushing));
      },
      get place() {
        return tracker.position;
      },
      get pending() {
        return tracker.pending;
      },
    };
  }

  async start(): Promise<boolean> {
    return false;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#pushes);
  }

  async close(): Promise<boolean> {
    return true;
  }

  async isCaughtUp(): Promise<boolean> {
    return true;
  }

  get pending(): number {
    return this.#pending;
  }

  async #push(
    tracked: readonly { readonly record: PushedRecord; readonly position: TrackedPosition }[],
    outer: AbortSignal,
  ): Promise<boolean> {
    const over = new AbortController();
    const unlink = abortWith(over, [outer, this.#stop.signal]);
    try {
      for (const { record, position } of tracked) {
        if (!(await this.#handOn(record, position, over.signal))) return false;
      }
      return !over.signal.aborted;
    } finally {
      unlink();
    }
  }

  /** Resolves with false if the signal aborted before the record was taken. */
  async #handOn(pushed: PushedRecord, position: TrackedPosition, signal: AbortSignal): Promise<boolean> {
    const { handOn, clock, onFault, onRecovery } = this.#wiring;
    const { shardId, sequenceNumber, data, arrivalMs } = pushed;
    let isAcked = false;
    const ack = () => {
      if (isAcked) return;
      isAcked = true;
      this.#pending--;
      position.ack();
    };
    const record = { shardId, sequenceNumber, data, arrivalMs, readMs: clock.now(), ack };
    this.#pending++;
    const isTaken = await retry(
      async () => {
        await handOn(record);
        return true;
      },
      (error) => notTaken(pushed, error),
      { clock, random: Math.random, onFault, onRecovery, signal },
    );
    return isTaken ?? false;
  }
}

function notTaken({ shardId, sequenceNumber }: PushedRecord, error: unknown): Failure {
  const message = `Record "${sequenceNumber}" of shard "${shardId}" was not taken and is retried: ${describeError(error)}`;
  return { stage: 'read', code: 'record-failed', message, shardId, cause: error, backoff };
}
