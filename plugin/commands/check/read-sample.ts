/**
 * Reads up to ten of the latest records of each open shard. A collector may read the same stream, so this makes few calls: at
 * most about three a second for each shard.
 */
import type { AwsError } from '../../../src/aws/error.js';
import type { Clock } from '../../../src/clock.js';
import type { FetchedRecord, KinesisApi, ListedShard } from '../../../src/kinesis/api.js';
import { toKinesisError } from '../../../src/kinesis/kinesis-error.js';
import type { ShardPosition } from '../../../src/shard-position.js';

export interface Sample {
  readonly records: readonly FetchedRecord[];
  /** The number of open shards that were read, and the total number of open shards. */
  readonly shards: number;
  readonly openShards: number;
  readonly reads: number;
  /** Reads that AWS throttled. */
  readonly throttled: number;
  /** The faults, one for each action. */
  readonly faults: ReadonlyMap<ReadAction, AwsError>;
}

export type ReadAction = 'kinesis:GetShardIterator' | 'kinesis:GetRecords';

const recordsPerShard = 10;
const maxShards = 32;
const shardsAtOnce = 4;
const pauseMs = 300;
/** Consecutive empty responses, although more data is available, before another position is tried. */
const readsPerPlace = 3;
const minuteMs = 60_000;

/** @param nowMs in AWS time */
export async function readSample(
  api: KinesisApi,
  listed: readonly ListedShard[],
  { nowMs, clock, signal }: { readonly nowMs: number; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Sample> {
  const open = listed.filter(({ isClosed }) => !isClosed);
  const waiting = open.slice(0, maxShards);
  const shards = waiting.length;
  const records: FetchedRecord[] = [];
  const faults = new Map<ReadAction, AwsError>();
  let [reads, throttled] = [0, 0];

  /** Undefined for a call that failed. */
  const attempt = async <Result>(action: ReadAction, call: () => Promise<Result>): Promise<Result | undefined> => {
    for (let tries = 0; tries < 3 && !signal.aborted; tries++) {
      try {
        reads++;
        return await call();
      } catch (error) {
        const fault = toKinesisError(error);
        if (fault.kind !== 'throttled') {
          faults.set(action, fault);
          return undefined;
        }
        throttled++;
        await clock.sleep(2 * pauseMs, signal);
      }
    }
    return undefined;
  };

  const readFrom = async (shardId: string, place: Exclude<ShardPosition, { type: 'end' }>) => {
    let iterator = await attempt('kinesis:GetShardIterator', () => api.getIterator(shardId, place, signal));
    for (let read = 0; iterator !== undefined && read < readsPerPlace; read++) {
      const current: string = iterator;
      const response = await attempt('kinesis:GetRecords', () =>
        api.getRecords(current, signal, undefined, recordsPerShard),
      );
      if (!response || response.records.length > 0) return response?.records ?? [];
      iterator = response.millisBehindLatest > 0 ? response.nextIterator : undefined;
      await clock.sleep(pauseMs, signal);
    }
    return [];
  };

  const readShard = async ({ shardId }: ListedShard) => {
    for (const place of toPlaces(nowMs)) {
      if (faults.size > 0 || signal.aborted) return;
      const found = await readFrom(shardId, place);
      records.push(...found.slice(0, recordsPerShard));
      if (found.length > 0) return;
    }
  };

  const readNext = async () => {
    for (let shard = waiting.shift(); shard; shard = waiting.shift()) await readShard(shard);
  };
  await Promise.all(Array.from({ length: shardsAtOnce }, readNext));
  return { records, shards, openShards: open.length, reads, throttled, faults };
}

/** The latest position first. */
function toPlaces(nowMs: number): readonly Exclude<ShardPosition, { type: 'end' }>[] {
  return [
    { type: 'time', atMs: nowMs - 10 * minuteMs },
    { type: 'time', atMs: nowMs - 180 * minuteMs },
    { type: 'beginning' },
  ];
}
