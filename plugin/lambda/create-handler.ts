/**
 * The function of a Kinesis event source mapping. AWS reads the stream and keeps its position; the function delivers a batch and
 * answers with the first record that is not confirmed, from which AWS retries. Nothing that AWS may see as success is returned,
 * or left out, for an unconfirmed record.
 */
import { systemClock } from '../../src/clock.js';
import { type Deadline, startDeadline } from '../../src/deadline.js';
import type { SettingsOverrides } from '../../src/settings/overrides.js';
import { orAtAbort } from '../../src/waiters.js';
import { count } from '../commands/count.js';
import { flushRun } from '../flush-run.js';
import type { PushedSettings } from '../pushed-settings.js';
import type { KinesisBatchEvent, KinesisBatchHandler, KinesisBatchResponse, LambdaContext } from './kinesis-event.js';
import { loadFunctionSettings } from './load-settings.js';
import { type OpenPlugin, openPlugin } from './open-plugin.js';
import { type KinesisBatch, readBatch } from './read-batch.js';

/** What an invocation reserves of its time, to discard what is unconfirmed and to answer. */
const marginMs = 2000;
/** The same for a short timeout, as a share of its time. */
const marginShare = 0.25;
/** Lambda freezes a function between invocations. After a longer pause the connection may be dead without any sign of it. */
const idleLimitMs = 30_000;
/** Longest wait for a plugin that is discarded. */
const stopMs = 1000;

/**
 * Creates the handler of a Lambda function with a Kinesis event source mapping:
 * `export const handler = createHandler('./manifest.json')`. The mapping must have `ReportBatchItemFailures`: without it, AWS
 * ignores the answer and takes every batch as delivered.
 *
 * The stream is that of the event, so `input` may be left out. `unreadable` is `generic`. The handler rejects for an event of
 * another kind and for a plugin that cannot start; AWS then retries the batch.
 *
 * @param manifest path of a manifest, relative to the working directory, or its content: `{ id: 'kinesis-snare', config: {...} }`
 * @param overrides settings that take precedence over the manifest
 * @throws ConfigurationError with all faults of the settings
 */
export function createHandler(manifest: string | object, overrides: SettingsOverrides = {}): KinesisBatchHandler {
  const batches = new BatchDelivery(loadFunctionSettings(manifest, overrides));
  return (event, context) => batches.handle(event, context);
}

class BatchDelivery {
  readonly #settings: PushedSettings;
  /** Kept between invocations while everything is confirmed. */
  #open: OpenPlugin | undefined;
  /** Wall time, since the monotonic clock may stand while the function is frozen. */
  #lastMs = 0;

  constructor(settings: PushedSettings) {
    this.#settings = settings;
  }

  async handle(event: KinesisBatchEvent, context: LambdaContext): Promise<KinesisBatchResponse> {
    const batch = readBatch(event);
    const confirmed = batch ? await this.#deliver(batch, context.getRemainingTimeInMillis()) : 0;
    const failed = batch?.records[confirmed];
    const batchItemFailures = failed ? [{ itemIdentifier: failed.sequenceNumber }] : [];
    return { batchItemFailures, ...(event.state !== undefined && { state: event.state }) };
  }

  /** Resolves with the number of leading records that are confirmed. */
  async #deliver(batch: KinesisBatch, remainingMs: number): Promise<number> {
    const limitMs = Math.max(0, remainingMs - Math.min(marginMs, remainingMs * marginShare));
    if (systemClock.now() - this.#lastMs > idleLimitMs) await this.#discard(this.#open);
    this.#open ??= openPlugin(this.#settings);
    const open = this.#open;
    using deadline = startDeadline(systemClock, limitMs, open.ended);
    try {
      const confirmed = await deliver(batch, open, limitMs, deadline);
      if (confirmed === batch.records.length) this.#lastMs = systemClock.now();
      else await this.#giveUp(batch, confirmed, open);
      return confirmed;
    } catch (error) {
      await this.#discard(open);
      throw error;
    }
  }

  /** AWS sends the rest again. Nothing of it may stay behind and mix with the next batch. */
  async #giveUp({ records }: KinesisBatch, confirmed: number, open: OpenPlugin): Promise<void> {
    const { shardId, sequenceNumber } = records[confirmed] ?? {};
    const rest = `${count(records.length - confirmed, 'record')} of ${records.length} not confirmed in time`;
    const message = `Shard "${shardId}": ${rest}; AWS retries from "${sequenceNumber}"${open.lastFault}`;
    open.log('warn', message, { code: 'not-confirmed-in-time', shardId, sequenceNumber });
    await this.#discard(open);
  }

  async #discard(open: OpenPlugin | undefined): Promise<void> {
    if (!open) return;
    if (this.#open === open) this.#open = undefined;
    using limit = startDeadline(systemClock, stopMs);
    await orAtAbort(open.stop(), limit.signal, undefined);
  }
}

/** Resolves with the number of leading records that are confirmed when all are, or when the time is up. */
async function deliver(
  { records, streamArn }: KinesisBatch,
  { plugin, source, started }: OpenPlugin,
  limitMs: number,
  { signal }: Deadline,
): Promise<number> {
  const run = source.beginRun();
  await orAtAbort(started, signal, undefined);
  source.setStream(streamArn);
  await orAtAbort(run.push(records, signal), signal, false);
  await flushRun(run, plugin, limitMs, signal);
  return run.place?.count ?? 0;
}
