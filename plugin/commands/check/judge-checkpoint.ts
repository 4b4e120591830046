/** Judges whether a start continues from the checkpoint, and whether the stream still contains the next records. */

import { type CheckpointContent, previousPath } from '../../../src/checkpoint/checkpoint-file.js';
import { checkStream, type ShardCheckpoint } from '../../../src/checkpoint/store.js';
import { CheckpointError } from '../../../src/errors.js';
import type { StreamIdentity } from '../../../src/progress.js';
import { count } from '../count.js';
import { formatDuration } from '../format-duration.js';
import type { CheckResult } from './check-result.js';

export interface FoundCheckpoint {
  readonly path: string;
  readonly content: CheckpointContent | undefined;
  readonly isRecovered: boolean;
  readonly isLocked: boolean;
}

export interface CheckpointContext {
  /** Undefined if the stream could not be described. */
  readonly stream: (StreamIdentity & { readonly retentionMs: number }) | undefined;
  readonly startAt: string;
  /** In AWS time. */
  readonly nowMs: number;
}

const name = 'checkpoint';

export function judgeCheckpoint(found: FoundCheckpoint, { stream, startAt, nowMs }: CheckpointContext): CheckResult {
  const { path, content, isLocked } = found;
  const user = isLocked ? '; a running process uses it' : '';
  if (!content) {
    return {
      name,
      status: 'pass',
      message: `None at "${path}" yet; the next run starts at "${startAt}"${user}`,
      details: { path, isLocked },
    };
  }
  const mismatch = stream && findMismatch(content.stream, stream, path);
  if (mismatch !== undefined) return { name, status: 'fail', message: mismatch, details: { path, isLocked } };
  const written = Math.max(0, ...[...content.shards.values()].map(({ updatedMs }) => updatedMs));
  const slowest = findSlowest(content, nowMs);
  const behind = slowest && stream ? judgeLag(slowest, stream.retentionMs) : undefined;
  const details = {
    path,
    isLocked,
    shards: content.shards.size,
    ageMs: nowMs - written,
    lagMs: slowest?.ageMs,
    ...(behind && { behind }),
  };
  const age = written === 0 ? '' : `, written ${formatDuration(nowMs - written)} ago`;
  const lag = slowest ? `; shard "${slowest.shardId}" is the furthest behind, by ${formatDuration(slowest.ageMs)}` : '';
  const place = `${count(content.shards.size, 'shard')} in "${path}"${age}${lag}`;
  const message = `${place}${user}`;
  if (behind?.isLost) {
    const lost = `${message}. Records are kept for a shorter time, so some are lost`;
    return {
      name,
      status: 'fail',
      message: lost,
      advice: 'start soon, raise the retention of the stream, and backfill the gap',
      details,
    };
  }
  if (behind) {
    const near = `${message}. AWS will soon drop the records that it has not read`;
    return {
      name,
      status: 'warn',
      message: near,
      advice: 'start the program, or raise the retention of the stream',
      details,
    };
  }
  if (found.isRecovered) {
    const recovered = `${message}. The file is missing or cannot be read, so "${previousPath(path)}" is used`;
    return {
      name,
      status: 'warn',
      message: recovered,
      advice: 'check the disk; some records will be sent again',
      details,
    };
  }
  return { name, status: 'pass', message, details };
}

function findMismatch(stored: StreamIdentity, stream: StreamIdentity, path: string): string | undefined {
  try {
    checkStream(stored, stream, `file "${path}"`);
    return undefined;
  } catch (error) {
    if (error instanceof CheckpointError) return error.message;
    throw error;
  }
}

interface Slowest {
  readonly shardId: string;
  /** Time since the moment up to which the shard is read. */
  readonly ageMs: number;
}

interface Behind extends Slowest {
  readonly isLost: boolean;
}

/** Share of the retention period after which records may soon be lost. */
const nearShare = 0.75;

/** The shard that is furthest behind; undefined if that is not known. */
function findSlowest({ shards }: CheckpointContent, nowMs: number): Slowest | undefined {
  const ages = [...shards].flatMap(([shardId, checkpoint]) => {
    const readMs = readUntil(checkpoint);
    return readMs === undefined ? [] : [{ shardId, ageMs: nowMs - readMs }];
  });
  return ages.sort((one, other) => other.ageMs - one.ageMs)[0];
}

/** Undefined unless the position is near the end of the retention period or past it. */
function judgeLag(slowest: Slowest, retentionMs: number): Behind | undefined {
  if (slowest.ageMs < retentionMs * nearShare) return undefined;
  return { ...slowest, isLost: slowest.ageMs > retentionMs };
}

/** The time up to which the shard is read; undefined if that is not known or the shard has ended. */
function readUntil({ position, caughtUpMs, arrivalMs }: ShardCheckpoint): number | undefined {
  if (position.type === 'end' || position.type === 'beginning') return undefined;
  const startMs = position.type === 'time' ? position.atMs : undefined;
  const times = [startMs, caughtUpMs, arrivalMs].filter((ms) => ms !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}
