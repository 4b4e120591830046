/** When a plugin counts as alive and as ready. */
import test from 'ava';
import { type HealthInput, judgeHealth } from '../../src/report/judge-health.js';
import type { FaultInForce } from '../../src/report/snapshot.js';
import { noOutput } from '../../src/report/stats.js';
import { exampleShards, exampleStats } from './example-snapshot.js';

const good: HealthInput = { state: 'running', stats: exampleStats(), faults: [], confirmLimitMs: 120_000 };

const fault: FaultInForce = { stage: 'read', code: 'refused', message: 'No access', shardId: undefined, ageMs: 1 };

function withShards(...args: Parameters<typeof exampleShards>): HealthInput {
  return { ...good, stats: exampleStats({ shards: exampleShards(...args) }) };
}

function withOldest(oldestAgeMs: number | undefined): HealthInput {
  const output = { ...noOutput, buffered: { lines: 7, bytes: 70 }, oldestAgeMs };
  return { ...good, stats: exampleStats({ output }) };
}

const cases: Readonly<Record<string, readonly [HealthInput, isAlive: boolean, reasons: readonly string[]]>> = {
  'an idle plugin': [good, true, []],
  'a plugin that waits for a confirmation within the limit': [withOldest(120_000), true, []],
  'a plugin that waits longer': [
    withOldest(121_000),
    true,
    ['7 lines wait for a confirmation of the output, the oldest for 121 s'],
  ],
  'a plugin that starts': [{ ...good, state: 'starting' }, true, ['The start is not complete']],
  'a plugin that stops': [{ ...good, state: 'stopping' }, true, ['The plugin is stopping']],
  'a plugin that failed': [
    { ...good, state: 'failed' },
    false,
    ['The plugin stopped by itself; its last messages say why'],
  ],
  'a shard without a response so far': [
    withShards(2, (index) => (index === 1 ? { readAgeMs: undefined } : {})),
    true,
    ['Shard "shardId-000000000001" was not read yet'],
  ],
  'a shard that waits for its start in the future': [
    withShards(1, () => ({ state: 'waiting', readAgeMs: undefined })),
    true,
    [],
  ],
  'a shard that is not read for longer than any pause': [
    withShards(2, (index) => ({ readAgeMs: index === 1 ? 91_000 : 90_000 })),
    true,
    ['Shard "shardId-000000000001" was not read for 90 s'],
  ],
  'shards that stall': [
    withShards(3, () => ({ isStalled: true })),
    true,
    ['3 shards stall, first "shardId-000000000000"'],
  ],
  'credentials that do not work': [{ ...good, faults: [fault] }, true, ['No access']],
  'a shard whose reading is refused': [{ ...good, faults: [{ ...fault, shardId: 's' }] }, true, ['No access']],
  'several shards whose reading is refused': [
    {
      ...good,
      faults: ['a', 'b', 'c'].map((shardId) => ({
        ...fault,
        code: 'no-credentials',
        message: `No ${shardId}`,
        shardId,
      })),
    },
    true,
    ['No a (and 2 more shards)'],
  ],
  'a fault of one shard that passes, which its numbers show': [
    { ...good, faults: [{ ...fault, code: 'throttled', shardId: 's' }] },
    true,
    [],
  ],
  'a gap that cannot be fetched, while flow logs go through': [
    { ...good, faults: [{ ...fault, stage: 'heal' }] },
    true,
    [],
  ],
  'an output that fails, until lines wait too long': [{ ...good, faults: [{ ...fault, stage: 'deliver' }] }, true, []],
};

for (const [name, [input, isAlive, reasons]] of Object.entries(cases)) {
  test(`health of ${name}`, (t) => {
    t.deepEqual(judgeHealth(input), { isAlive, isReady: reasons.length === 0, reasons });
  });
}
