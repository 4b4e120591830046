/** Positions of this program in the terms of a lease, and back. */
import type { ShardCheckpoint } from '../../checkpoint/store.js';
import { type Lease, type LeaseNotes, shardEnd, timesOf } from '../../lease/lease.js';
import type { ShardPosition } from '../../shard-position.js';

export function toPosition({ checkpoint, own }: Pick<Lease, 'checkpoint' | 'own'>): ShardPosition {
  if (checkpoint === shardEnd) return { type: 'end' };
  if (checkpoint === 'AT_TIMESTAMP' && own.startMs !== undefined) return { type: 'time', atMs: own.startMs };
  // KCL keeps its own start elsewhere; to begin at the oldest record loses nothing.
  if (/^\D/.test(checkpoint)) return { type: 'beginning' };
  return { type: 'after', sequenceNumber: checkpoint };
}

export function toShardCheckpoint(lease: Lease): ShardCheckpoint {
  const { caughtUpMs, arrivalMs, updatedMs = 0 } = timesOf(lease);
  return {
    position: toPosition(lease),
    updatedMs,
    ...(caughtUpMs !== undefined && { caughtUpMs }),
    ...(arrivalMs !== undefined && { arrivalMs }),
  };
}

/** The checkpoint of a lease; the notes that go with it are `toNotes`. */
export function toLeaseCheckpoint(position: ShardPosition): string {
  switch (position.type) {
    case 'after':
      return position.sequenceNumber;
    case 'time':
      return 'AT_TIMESTAMP';
    case 'beginning':
      return 'TRIM_HORIZON';
    case 'end':
      return shardEnd;
  }
}

export function toNotes({ caughtUpMs, arrivalMs, updatedMs }: Partial<ShardCheckpoint>): LeaseNotes {
  return { caughtUpMs, arrivalMs, updatedMs };
}
