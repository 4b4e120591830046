/** How often a fleet calls DynamoDB, counted in virtual time with the default settings: `docs/fleet.md` has these figures. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { Checkpointer } from '../../../src/checkpoint/checkpointer.js';
import { LeaseKeeper } from '../../../src/lease/keeper.js';
import type { LeaseTable } from '../../../src/lease/table.js';
import { saveIntervalMs } from '../../../src/pipeline/fleet/fleet.js';
import { toShardCheckpoint } from '../../../src/pipeline/fleet/lease-position.js';
import { createLeaseStore } from '../../../src/pipeline/fleet/lease-store.js';
import { inputSchema } from '../../../src/settings/input.js';
import { createRandom } from '../../fixtures/random.js';
import { ModelTable } from '../../lease/model/model-table.js';
import { World } from '../../lease/model/world.js';

const { checkpointIntervalMs, checkpoint } = inputSchema.parse({
  stream: 'flow-logs',
  checkpoint: { type: 'dynamodb', table: 'leases' },
});
const leaseMs = checkpoint.type === 'dynamodb' ? checkpoint.leaseMs : 0;
const minuteMs = 60_000;
const settlingMs = 5 * minuteMs;
const minutes = 5;
const readMs = 1000;
const host = { rate: 1, offsetMs: 0, wallOffsetMs: 0, isDead: false, pausedUntilMs: 0 };

/** A process of the fleet whose shards have no record or, if it is busy, one that is acked each second. */
class Process {
  readonly checkpointer: Checkpointer;
  readonly shardIds = new Set<string>();
  #number = 1000;

  constructor(world: World, table: LeaseTable, shardIds: readonly string[], me: string, random: () => number) {
    const context = { clock: world.clockOf(host), random, onFault: () => {}, onRecovery: () => {} };
    const shards = shardIds.map((shardId) => ({ shardId, parentIds: [] }));
    const keeper = new LeaseKeeper({
      ...context,
      me,
      table,
      leaseMs,
      listShards: async () => shards,
      startOf: () => ({ checkpoint: 'TRIM_HORIZON', own: { startMs: 0 } }),
      listener: {
        gained: (lease) => {
          this.checkpointer.adopt(lease.shardId, toShardCheckpoint(lease));
          this.shardIds.add(lease.shardId);
        },
        drain: async (shardId, signal) => {
          this.shardIds.delete(shardId);
          await this.checkpointer.flush(signal);
        },
        lost: (shardId) => {
          this.shardIds.delete(shardId);
          this.checkpointer.drop(shardId);
        },
      },
    });
    this.checkpointer = new Checkpointer({
      ...context,
      store: { ...createLeaseStore(keeper), open: async () => new Map() },
      stored: new Map(),
      intervalMs: saveIntervalMs(checkpointIntervalMs, leaseMs),
    });
    keeper.start();
  }

  read(isBusy: boolean, nowMs: number): void {
    for (const shardId of this.shardIds) {
      if (isBusy) this.checkpointer.track(shardId, String(this.#number++), nowMs).ack();
      else this.checkpointer.caughtUp(shardId, nowMs);
    }
  }
}

/** Calls in a minute, once the shards are shared. */
async function countCalls(shardCount: number, processCount: number, isBusy: boolean): Promise<number> {
  const world = new World();
  const random = createRandom(5);
  const table = new ModelTable(world, random);
  const shardIds = Array.from({ length: shardCount }, (_, index) => `shard-${index}`);
  const processes = Array.from({ length: processCount }, (_, index) => {
    const me = `process~${index.toString(16).padStart(8, '0')}`;
    return new Process(world, table.for(me, host), shardIds, me, random);
  });
  const read = () => {
    for (const process of processes) process.read(isBusy, world.nowMs);
    world.at(world.nowMs + readMs, read);
  };
  read();
  await world.until(settlingMs);
  const held = processes.map((process) => process.shardIds.size);
  if (Math.max(...held) - Math.min(...held) > 1) throw new Error(`The shards are not shared: ${held}`);
  table.calls = 0;
  await world.until(settlingMs + minutes * minuteMs);
  return table.calls / minutes;
}

/** The table of `docs/fleet.md`: shards, processes, calls a minute while nothing arrives, and while each shard has records. */
const documented = readFileSync('docs/fleet.md', 'utf8')
  .split('\n')
  .flatMap((line) => /^\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$/.exec(line)?.slice(1) ?? [])
  .map((cell) => Number(cell.replaceAll(',', '')));

test('a fleet calls DynamoDB as often as the documentation says', async (t) => {
  t.is(documented.length, 12);
  for (let row = 0; row < documented.length; row += 4) {
    const [shards = 0, processes = 0, ...figures] = documented.slice(row, row + 4);
    for (const [column, isBusy] of [false, true].entries()) {
      const calls = await countCalls(shards, processes, isBusy);
      const figure = figures[column] ?? 0;
      t.true(calls <= figure && calls > figure * 0.95, `${shards} shards, ${processes} processes: ${calls}, ${figure}`);
    }
  }
});
