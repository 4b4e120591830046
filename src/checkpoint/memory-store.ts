/** Positions in memory, for the lifetime of the process. */
import { CheckpointError } from '../errors.js';
import type { StreamIdentity } from '../progress.js';
import { type CheckpointStore, checkStream, type ShardCheckpoint } from './store.js';

export function createMemoryStore(): CheckpointStore {
  const shards = new Map<string, ShardCheckpoint>();
  let owner: StreamIdentity | undefined;
  let isOpen = false;
  return {
    async open(stream) {
      if (isOpen) throw new CheckpointError('locked', 'The checkpoint in memory is in use; give each reader its own');
      if (owner) checkStream(owner, stream, 'in memory');
      owner = stream;
      isOpen = true;
      return new Map(shards);
    },
    async save(changes) {
      for (const [shardId, checkpoint] of changes) shards.set(shardId, checkpoint);
    },
    async remove(shardIds) {
      for (const shardId of shardIds) shards.delete(shardId);
    },
    async close() {
      isOpen = false;
    },
  };
}
