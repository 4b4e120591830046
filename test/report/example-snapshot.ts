/** A snapshot for what shows one. */
import { judgeHealth } from '../../src/report/judge-health.js';
import type { ShardStats, Stats } from '../../src/report/plugin-stats.js';
import type { Snapshot } from '../../src/report/snapshot.js';
import { Counters, noOutput } from '../../src/report/stats.js';
import { Timings } from '../../src/report/timings.js';
import { totalsOf } from '../../src/report/totals.js';

export const exampleShard: ShardStats = {
  state: 'reading',
  millisBehindLatest: 0,
  lagMs: 0,
  unacknowledged: 0,
  isStalled: false,
  readAgeMs: 300,
  ackedAgeMs: 900,
};

export function exampleShards(
  count: number,
  more: (index: number) => Partial<ShardStats> = () => ({}),
): Stats['shards'] {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `shardId-${String(index).padStart(12, '0')}`,
      { ...exampleShard, ...more(index) },
    ]),
  );
}

export function exampleStats(more: Partial<Stats> = {}): Stats {
  const counters: Counters = new Counters();
  return {
    ...counters,
    output: { ...noOutput, isConnected: true },
    hostLogsDropped: 0,
    leases: undefined,
    shards: exampleShards(1),
    ...more,
  };
}

export function exampleSnapshot(more: Partial<Snapshot> = {}): Snapshot {
  const { state = 'running', stats = exampleStats(), faults = [] } = more;
  const rate = { records: 12.34, logEvents: 1234, lines: 1234, bytes: 345_678 };
  return {
    format: 1,
    version: '0.1.0',
    pid: 123,
    atMs: Date.parse('2026-11-29T12:00:00Z'),
    startedMs: Date.parse('2026-11-29T10:00:00Z'),
    uptimeMs: 3_600_000,
    state,
    health: judgeHealth({ state, stats, faults, confirmLimitMs: 120_000 }),
    stream: 'vpc-flow-logs',
    region: 'us-east-1',
    output: 'tcp 10.0.0.5:6161',
    pageUrl: 'http://127.0.0.1:9464/',
    stats,
    ever: { sinceMs: Date.parse('2026-11-01T00:00:00Z'), totals: totalsOf(stats) },
    rates: { '10s': rate, '1m': rate, '5m': rate },
    readMemory: { bytes: 1_200_000, maxBytes: 18_350_080 },
    faults,
    events: [],
    timings: new Timings(() => 0).read(),
    ...more,
  };
}
