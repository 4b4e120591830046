/** Which shards of a stream this process reads, if a fleet shares them. The read stage asks; the leases of the fleet answer. */
export interface ShardClaims {
  /** Whether the shard is read here. Its parents are read to their ends, here or elsewhere. */
  has(shardId: string): boolean;
  /** Whether another process reads the shard. */
  isElsewhere(shardId: string): boolean;
  /**
   * Undefined while records of the shard may be handed on; asked before each. Else a promise that resolves when they may again,
   * or when the signal aborts.
   */
  whenHeld(shardId: string, signal: AbortSignal): Promise<void> | undefined;
}
