/**
 * Delivers one shard for the MultiLangDaemon. The daemon reads the stream and keeps the lease and the checkpoint, which moves only
 * past what is confirmed. While the output has no room, the answer is withheld, so that the daemon reads no further.
 */
import { systemClock } from '../../../src/clock.js';
import { startDeadline } from '../../../src/deadline.js';
import type { PushedPlace, PushedRecord, PushedRun, PushedSource } from '../../../src/pipeline/pushed-source.js';
import { retry } from '../../../src/retry.js';
import type { ShardStatus } from '../../../src/shard-status.js';
import { orAtAbort } from '../../../src/waiters.js';
import { flushRun } from '../../flush-run.js';
import type { Plugin } from '../../plugin.js';
import type { Log } from '../diagnostics.js';
import type { Daemon, DaemonCall, DaemonRecord } from './daemon.js';

export interface ShardChildOptions {
  readonly daemon: Daemon;
  readonly plugin: Pick<Plugin, 'flush'>;
  readonly source: PushedSource;
  readonly shardId: string;
  readonly drainTimeoutMs: number;
  readonly checkpointIntervalMs: number;
  readonly log: Log;
}

/** What the daemon answers when another worker has taken the shard. */
const lostErrors: ReadonlySet<string> = new Set(['ShutdownException', 'gone']);
const backoff = { baseMs: 500, maxMs: 10_000 };

export class ShardChild {
  readonly #options: ShardChildOptions;
  readonly #run: PushedRun;
  readonly #status: ShardStatus;
  #stored: PushedPlace | undefined;
  /** Another worker has the shard, or it is done: nothing is stored any more. */
  #isOver = false;

  constructor(options: ShardChildOptions) {
    this.#options = options;
    const { source, shardId } = options;
    this.#status = {
      state: 'reading',
      millisBehindLatest: undefined,
      lastReadMs: systemClock.monotonic(),
      ackedArrivalMs: undefined,
      isCaughtUp: false,
      unacknowledged: 0,
      dueSinceMs: undefined,
    };
    source.status.set(shardId, this.#status);
    this.#run = source.beginRun(() => this.#moved());
  }

  /** Resolves when the call may be answered. */
  async handle(call: DaemonCall): Promise<void> {
    switch (call.action) {
      case 'initialize':
        return;
      case 'processRecords':
        this.#read(call.millisBehindLatest ?? undefined);
        return this.#process(call.records);
      case 'shardEnded':
        return this.#endShard();
      case 'shutdownRequested':
        return this.#drain();
      case 'leaseLost':
        this.#lose();
        return;
      case 'shutdown':
        return call.reason === 'TERMINATE' ? this.#endShard() : this.#lose();
    }
  }

  async #process(records: readonly DaemonRecord[]): Promise<void> {
    const { daemon, checkpointIntervalMs, shardId } = this.#options;
    const pushed = new AbortController();
    const pushing = this.#run
      .push(
        records.map((record) => toRecord(shardId, record)),
        daemon.gone,
      )
      .finally(() => pushed.abort());
    this.#moved();
    do {
      // While the output is away this may take hours, in which earlier lines may be confirmed.
      await systemClock.sleep(records.length === 0 ? 0 : checkpointIntervalMs, pushed.signal);
      await this.#save();
    } while (!pushed.signal.aborted && !daemon.gone.aborted);
    await orAtAbort(pushing, daemon.gone, false);
  }

  /** Stores what is confirmed. A failure is reported; the next call tries again. */
  async #save(): Promise<void> {
    const { place } = this.#run;
    if (!place || place === this.#stored || this.#isOver) return;
    const error = await this.#options.daemon.checkpoint(place);
    if (error === undefined) this.#stored = place;
    else this.#reportRefused(error);
  }

  #reportRefused(error: string): void {
    if (error === 'gone') return;
    const { log, shardId } = this.#options;
    const message = `KCL did not store the checkpoint of shard "${shardId}" (${error}); what is not stored is sent again by the next reader`;
    log('warn', message, { code: 'checkpoint-refused', shardId });
  }

  /** A shard that is stored as done is never read again, so everything has to be confirmed, however long that takes. */
  async #endShard(): Promise<void> {
    const { daemon, plugin, drainTimeoutMs, log, shardId } = this.#options;
    this.#status.state = 'draining';
    await flushRun(this.#run, plugin, drainTimeoutMs, daemon.gone);
    if (daemon.gone.aborted) return;
    await retry(() => this.#storeEnd(), toFailure, {
      clock: systemClock,
      random: Math.random,
      onFault: ({ message, code }) => log('warn', message, { code, shardId }),
      onRecovery: () => {},
      signal: daemon.gone,
    });
    this.#status.state = 'ended';
    this.#isOver = true;
  }

  async #storeEnd(): Promise<void> {
    const error = await this.#options.daemon.checkpoint(null);
    if (error === undefined) return;
    // The next reader of the shard stores its end.
    if (lostErrors.has(error)) this.#reportRefused(error);
    else throw new Error(`KCL did not store the end of the shard: ${error}`);
  }

  async #drain(): Promise<void> {
    const { daemon, plugin, drainTimeoutMs, log, shardId } = this.#options;
    log('info', `Shutdown requested: waiting up to ${drainTimeoutMs / 1000} s for confirmations`, { shardId });
    using deadline = startDeadline(systemClock, drainTimeoutMs, daemon.gone);
    await flushRun(this.#run, plugin, drainTimeoutMs, deadline.signal);
    await this.#save();
  }

  /** What is under way may still arrive; the next reader sends it again. */
  #lose(): void {
    this.#isOver = true;
  }

  #read(millisBehindLatest: number | undefined): void {
    this.#status.lastReadMs = systemClock.monotonic();
    this.#status.millisBehindLatest = millisBehindLatest;
    this.#status.isCaughtUp = millisBehindLatest === 0;
  }

  #moved(): void {
    const { pending, place } = this.#run;
    this.#status.ackedArrivalMs = place?.arrivalMs;
    this.#status.unacknowledged = pending;
    this.#status.dueSinceMs = pending > 0 ? systemClock.monotonic() : undefined;
  }
}

function toRecord(shardId: string, record: DaemonRecord): PushedRecord {
  const { data, sequenceNumber, subSequenceNumber, approximateArrivalTimestamp } = record;
  return {
    shardId,
    sequenceNumber,
    subSequenceNumber,
    data: Buffer.from(data, 'base64'),
    arrivalMs: approximateArrivalTimestamp,
  };
}

function toFailure(error: unknown) {
  return { stage: 'checkpoint', code: 'checkpoint-refused', message: (error as Error).message, backoff } as const;
}
