/** A lease table in virtual time: slow, away for a while, and with responses that get lost after the write was applied. */
import { AwsError } from '../../../src/aws/error.js';
import { type Change, changes } from '../../../src/lease/changes.js';
import type { Lease } from '../../../src/lease/lease.js';
import type { LeaseTable } from '../../../src/lease/table.js';
import type { Host, World } from './world.js';

/** A write that was applied. */
export interface AppliedChange {
  readonly kind: Change;
  readonly worker: string;
  readonly before: Lease | undefined;
  readonly after: Lease | undefined;
}

export class ModelTable {
  readonly rows = new Map<string, Lease>();
  awayUntilMs = 0;
  /** Share of the responses that are lost. */
  lostResponses = 0;
  slowMs = 30;
  calls = 0;
  onApplied: (change: AppliedChange) => void = () => {};
  readonly #world: World;
  readonly #random: () => number;

  constructor(world: World, random: () => number) {
    this.#world = world;
    this.#random = random;
  }

  /** The table as one worker sees it. */
  for(worker: string, host: Host): LeaseTable {
    const call = async <Result>(work: () => Result): Promise<Result> => {
      this.calls++;
      await this.#travel();
      if (this.#world.nowMs < this.awayUntilMs) {
        await this.#world.sleep(1000);
        await this.#arrive(host);
        throw lost();
      }
      const result = work();
      const isLost = this.#random() < this.lostResponses;
      await this.#travel();
      await this.#arrive(host);
      if (isLost) throw lost();
      return result;
    };
    return {
      open: () => Promise.resolve(),
      list: () => call(() => [...this.rows.values()]),
      change: (kind, shardId, args) =>
        call(() => {
          const row = this.rows.get(shardId);
          const { allows, after } = changes[kind];
          if (!allows(row, args)) return { isDone: false, row };
          const next = after(row as Lease, args);
          this.onApplied({ kind, worker, before: row, after: next });
          if (next) this.rows.set(shardId, next);
          else this.rows.delete(shardId);
          return { isDone: true, row: next };
        }),
      close: () => {},
    };
  }

  async #travel(): Promise<void> {
    await this.#world.sleep(1 + this.#random() * this.slowMs);
  }

  /** A process that is paused sees its responses later, and a dead one never. */
  async #arrive(host: Host): Promise<void> {
    while (this.#world.nowMs < host.pausedUntilMs) await this.#world.sleep(host.pausedUntilMs - this.#world.nowMs);
    if (host.isDead) await new Promise(() => {});
  }
}

function lost(): AwsError {
  return new AwsError('transient', 'ECONNRESET', 'the response was lost', { cause: undefined });
}
