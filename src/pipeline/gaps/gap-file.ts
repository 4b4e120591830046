/**
 * The gaps in what was read of a stream, in a file beside its checkpoint: the open ones, and the latest healed ones, so that
 * none is fetched twice. The lock of the checkpoint protects the file.
 */

import { z } from 'zod';
import type { RangeState } from '../../checkpoint/range-progress.js';
import { formatRangeState, parseRangeState, rangeState, time } from '../../checkpoint/range-shape.js';
import { CheckpointError } from '../../errors.js';
import type { LogRange } from '../../log-range.js';
import { adviseAccess, describeAccess, readTrusted } from '../../trusted-file.js';

export interface Gap {
  /** The shards that lost records in it. */
  readonly shardIds: readonly string[];
  /** Some records that Kinesis received between these times, in milliseconds since 1970, were not read. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The range to fetch from each log group. */
  readonly range: Omit<LogRange, 'logGroup' | 'logStreamPrefix'>;
  /** By log group, how far it is fetched and acked; nothing yet if the group is missing. */
  readonly groups: Readonly<Record<string, RangeState>>;
  readonly isHealed: boolean;
}

const shape = z.object({
  version: z.literal(1),
  gaps: z.array(
    z.object({
      shardIds: z.array(z.string()),
      fromMs: time,
      toMs: time,
      range: z.object({
        fromMs: time,
        toMs: time,
        ingestedFromMs: time.optional(),
        ingestedToMs: time.optional(),
      }),
      groups: z.record(z.string(), rangeState),
      isHealed: z.boolean(),
    }),
  ),
});

export function gapFilePath(checkpointPath: string): string {
  return `${checkpointPath}.gaps.json`;
}

/** Rejects with a `CheckpointError` if the file cannot be read: otherwise its gaps would be silently forgotten. */
export async function readGapFile(path: string): Promise<readonly Gap[]> {
  try {
    const text = await readTrusted(path);
    const { gaps } = shape.parse(JSON.parse(text));
    return gaps.map((gap) => ({ ...gap, groups: mapGroups(gap.groups, parseRangeState) }) as Gap);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    const restore = '; restore the file from a copy, or remove it and fetch the missing flow logs with "backfill"';
    const message = `The gaps in "${path}" cannot be read${describeAccess(error)}${adviseAccess(error, restore)}`;
    throw new CheckpointError('unreadable', message, { cause: error });
  }
}

export function formatGapFile(gaps: readonly Gap[]): string {
  const texts = gaps.map((gap) => ({ ...gap, groups: mapGroups(gap.groups, formatRangeState) }));
  return `${JSON.stringify({ version: 1, gaps: texts }, null, 2)}\n`;
}

function mapGroups<From, To>(groups: Readonly<Record<string, From>>, map: (state: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(groups).map(([logGroup, state]) => [logGroup, map(state)]));
}
