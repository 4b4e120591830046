import type { CheckpointStore, ShardCheckpoint } from '../../src/checkpoint/store.js';

/** A store in memory that fails or waits when a test says so, and keeps a record of what it was asked. */
export class ScriptedStore implements CheckpointStore {
  readonly content = new Map<string, ShardCheckpoint>();
  /** The shards of each call, in the order of the calls. */
  readonly calls: (readonly string[])[] = [];
  closes = 0;
  /** Calls under way now, and at the most. */
  active = 0;
  mostActive = 0;
  /** Whether the next calls fail. */
  isBroken = false;
  /** Whether a close finds that what was saved is gone. */
  isGone = false;
  #opened: Promise<void> | undefined;

  async open(): Promise<ReadonlyMap<string, ShardCheckpoint>> {
    return new Map(this.content);
  }

  save(shards: ReadonlyMap<string, ShardCheckpoint>): Promise<void> {
    return this.#run([...shards.keys()], () => {
      for (const [shardId, checkpoint] of shards) this.content.set(shardId, checkpoint);
    });
  }

  remove(shardIds: readonly string[]): Promise<void> {
    return this.#run(shardIds, () => {
      for (const shardId of shardIds) this.content.delete(shardId);
    });
  }

  async close(): Promise<void> {
    this.closes++;
    if (this.isGone) throw new Error('what was saved is gone');
  }

  /** Calls wait from now on, until the result is called. */
  hold(): () => void {
    let open = () => {};
    this.#opened = new Promise((resolve) => {
      open = resolve;
    });
    return () => {
      this.#opened = undefined;
      open();
    };
  }

  async #run(shardIds: readonly string[], change: () => void): Promise<void> {
    this.calls.push(shardIds);
    this.active++;
    this.mostActive = Math.max(this.mostActive, this.active);
    try {
      await this.#opened;
      if (this.isBroken) throw new Error('no space left');
      change();
    } finally {
      this.active--;
    }
  }
}
