import test from 'ava';
import type { ListedShard } from '../../src/kinesis/api.js';
import { planShards, type ShardPlan } from '../../src/kinesis/plan-shards.js';
import type { ShardPosition } from '../../src/shard-position.js';

const end: ShardPosition = { type: 'end' };
const after: ShardPosition = { type: 'after', sequenceNumber: '7' };
const time: ShardPosition = { type: 'time', atMs: 1 };
const beginning: ShardPosition = { type: 'beginning' };

/** `a` is open, `a!` closed, `b<a` a child of a split, `c<a,b` of a merge. */
function toShards(text: string): readonly ListedShard[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map((word) => {
      const [id = '', parents] = word.replace('!', '').split('<');
      return { shardId: id, parentIds: parents?.split(',') ?? [], isClosed: word.includes('!') };
    });
}

interface Case {
  readonly name: string;
  readonly listed: string;
  readonly positions: Readonly<Record<string, ShardPosition>>;
  readonly reading?: readonly string[];
  readonly start?: Readonly<Record<string, ShardPosition>>;
  readonly lost?: readonly string[];
  readonly forget?: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'nothing listed, nothing known', listed: '', positions: {} },
  { name: 'a shard continues at its position', listed: 'a', positions: { a: after }, start: { a: after } },
  { name: 'a shard begins at the time that was stored', listed: 'a', positions: { a: time }, start: { a: time } },
  { name: 'a shard that nobody knew is read whole', listed: 'a', positions: {}, start: { a: beginning } },
  { name: 'a shard that is being read is left alone', listed: 'a', positions: { a: after }, reading: ['a'] },
  { name: 'a shard that was read to its end is left alone', listed: 'a!', positions: { a: end } },
  {
    name: 'children wait for their parent',
    listed: 'a! b<a c<a',
    positions: { a: after },
    start: { a: after },
  },
  {
    name: 'children wait for a parent that is being read',
    listed: 'a! b<a c<a',
    positions: { a: after },
    reading: ['a'],
  },
  {
    name: 'children of an ended parent are read whole, wherever the stream was begun',
    listed: 'a! b<a c<a d',
    positions: { a: end, d: time },
    reading: ['d'],
    start: { b: beginning, c: beginning },
  },
  {
    name: 'a merged shard waits for both parents',
    listed: 'a! b! c<a,b',
    positions: { a: end, b: after },
    start: { b: after },
  },
  {
    name: 'a merged shard starts once both parents ended',
    listed: 'a! b! c<a,b',
    positions: { a: end, b: end },
    start: { c: beginning },
  },
  {
    name: 'a merged shard does not wait for a parent that AWS no longer lists',
    listed: 'b! c<a,b',
    positions: { b: end },
    start: { c: beginning },
  },
  {
    name: 'a merged shard waits for the listed one of its parents',
    listed: 'b! c<a,b',
    positions: {},
    start: { b: beginning },
  },
  {
    name: 'grandchildren wait for children, whatever their grandparents did',
    listed: 'a! b!<a c!<a d<b e<b f<c',
    positions: { a: end, b: after, c: end },
    start: { b: after, f: beginning },
  },
  {
    name: 'a chain that nobody knew is read from its oldest listed shard',
    listed: 'b!<a c!<b d<c',
    positions: {},
    start: { b: beginning },
  },
  {
    name: 'a stored child waits too, since its parent was known when it was stored',
    listed: 'a! b<a',
    positions: { a: time, b: time },
    start: { a: time },
  },
  {
    name: 'a parent that AWS drops while it is being read is still waited for',
    listed: 'b<a',
    positions: { a: after },
    reading: ['a'],
  },
  {
    name: 'a shard that AWS dropped before its end is lost, and its children start',
    listed: 'b<a',
    positions: { a: after },
    start: { b: beginning },
    lost: ['a'],
  },
  {
    name: 'a shard that was never read and is gone is lost',
    listed: 'b',
    positions: { a: time, b: after },
    reading: ['b'],
    lost: ['a'],
  },
  {
    name: 'an ended shard is remembered while a listed one names it',
    listed: 'b<a',
    positions: { a: end, b: after },
    reading: ['b'],
  },
  {
    name: 'an ended shard is forgotten once it is gone and so are those that name it',
    listed: 'c<b',
    positions: { a: end, b: end, c: after },
    reading: ['c'],
    forget: ['a'],
  },
];

for (const { name, listed, positions, reading = [], start = {}, lost = [], forget = [] } of cases) {
  test(name, (t) => {
    const plan = planShards(toShards(listed), new Map(Object.entries(positions)), new Set(reading));
    t.deepEqual(plan, { start: new Map(Object.entries(start)) as ShardPlan['start'], lost, forget });
  });
}

test('the order of the list does not matter', (t) => {
  const listed = toShards('a! b! c!<a,b d<c e<c f');
  const positions = new Map([['a', end]]);
  const forwards = planShards(listed, positions, new Set());
  const backwards = planShards([...listed].reverse(), positions, new Set());
  t.deepEqual(new Map([...backwards.start].sort()), new Map([...forwards.start].sort()));
  t.deepEqual([...forwards.start.keys()].sort(), ['b', 'f']);
});
