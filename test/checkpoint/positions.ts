import type { ShardCheckpoint } from '../../src/checkpoint/store.js';

export const stream = { arn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/logs', createdMs: 1_700_000_000_000 };

export function after(sequenceNumber: string): ShardCheckpoint {
  return { position: { type: 'after', sequenceNumber }, updatedMs: 1_700_000_100_000 };
}
