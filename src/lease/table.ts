/** What a worker needs of the lease table, so that DynamoDB, an emulator or a model in memory can be behind it. */
import type { Change, ChangeArgs } from './changes.js';
import type { Lease } from './lease.js';

/** Rejections are `AwsError`s, except where a call says otherwise. Each call makes one attempt. */
export interface LeaseTable {
  /**
   * Creates the table if it does not exist, and waits until it can be used. Rejects with a `CheckpointError` for a table of
   * another shape.
   */
  open(signal: AbortSignal): Promise<void>;
  /** Every lease, strongly consistent. Rows that are no leases are left out. */
  list(signal: AbortSignal): Promise<readonly Lease[]>;
  /** Makes the change if the row allows it. */
  change<Kind extends Change>(
    kind: Kind,
    shardId: string,
    args: ChangeArgs[Kind],
    signal: AbortSignal,
  ): Promise<ChangeResult>;
  /** Closes connections. */
  close(): void;
}

export interface ChangeResult {
  readonly isDone: boolean;
  /** The row after the change; or the row that did not allow it. */
  readonly row: Lease | undefined;
}
