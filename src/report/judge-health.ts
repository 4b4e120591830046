/** Decides from the numbers of a plugin whether it works, for probes of containers and for a person. */
import type { ShardStats, Stats } from './plugin-stats.js';
import type { FaultInForce, RunState } from './snapshot.js';

export interface Health {
  /** False if only a restart or a person helps. */
  readonly isAlive: boolean;
  /** Whether flow logs go through: credentials work, every shard is read, and lines are confirmed in time. */
  readonly isReady: boolean;
  /** Why it is not alive or not ready; one sentence each. */
  readonly reasons: readonly string[];
}

export interface HealthInput {
  readonly state: RunState;
  readonly stats: Stats;
  readonly faults: readonly FaultInForce[];
  /** Longest time that the oldest line may wait for its confirmation, in milliseconds. */
  readonly confirmLimitMs: number;
}

const stateReasons: Readonly<Record<Exclude<RunState, 'running'>, string>> = {
  starting: 'The start is not complete',
  stopping: 'The plugin is stopping',
  failed: 'The plugin stopped by itself; its last messages say why',
};

/** Other faults show in the numbers of shards and of the output, or do not hold up flow logs. */
export function judgeHealth({ state, stats, faults, confirmLimitMs }: HealthInput): Health {
  const reading = faults.filter(({ stage }) => stage === 'read');
  const reasons = [
    ...(state === 'running' ? [] : [stateReasons[state]]),
    ...reading.filter(({ shardId }) => shardId === undefined).map(({ message }) => message),
    ...describeRefusals(reading),
    ...describeShards(stats.shards),
    ...describeOutput(stats.output, confirmLimitMs),
  ];
  return { isAlive: state !== 'failed', isReady: reasons.length === 0, reasons };
}

/** Credentials and permissions do not come back by themselves, so these do not wait for the shard to be late. */
const refusals: ReadonlySet<string> = new Set(['refused', 'no-credentials']);

function describeRefusals(reading: readonly FaultInForce[]): readonly string[] {
  const refused = reading.filter(({ shardId, code }) => shardId !== undefined && refusals.has(code));
  const [first] = refused;
  if (!first) return [];
  const others = refused.length - 1;
  if (others === 0) return [first.message];
  return [`${first.message} (and ${others === 1 ? '1 more shard' : `${others} more shards`})`];
}

function describeShards(shards: Stats['shards']): readonly string[] {
  const all = Object.entries(shards);
  const stalled = all.filter(([, { isStalled }]) => isStalled);
  const unread = all.filter(([, shard]) => isUnread(shard));
  const late = all.filter(([, shard]) => isLate(shard));
  return [
    ...describeSome(stalled, 'stalls', 'stall'),
    ...describeSome(unread, 'was not read yet', 'were not read yet'),
    ...describeSome(late, `was not read for ${lateMs / 1000} s`, `were not read for ${lateMs / 1000} s`),
  ];
}

function isUnread({ state, readAgeMs, isStalled }: ShardStats): boolean {
  return state === 'reading' && readAgeMs === undefined && !isStalled;
}

/** The longest pause that `input.idleDelayMs` allows between two reads, and half as much again. */
const lateMs = 90_000;

function isLate({ state, readAgeMs = 0, isStalled }: ShardStats): boolean {
  return state === 'reading' && readAgeMs > lateMs && !isStalled;
}

function describeSome(shards: readonly (readonly [string, unknown])[], one: string, many: string): readonly string[] {
  const [first] = shards;
  if (!first) return [];
  return [shards.length === 1 ? `Shard "${first[0]}" ${one}` : `${shards.length} shards ${many}, first "${first[0]}"`];
}

function describeOutput({ oldestAgeMs, buffered }: Stats['output'], confirmLimitMs: number): readonly string[] {
  if (oldestAgeMs === undefined || oldestAgeMs <= confirmLimitMs) return [];
  const lines = buffered.lines === 1 ? '1 line waits' : `${buffered.lines} lines wait`;
  return [`${lines} for a confirmation of the output, the oldest for ${Math.round(oldestAgeMs / 1000)} s`];
}
