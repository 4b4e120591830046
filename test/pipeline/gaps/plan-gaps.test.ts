import test from 'ava';
import { describeLoss } from '../../../src/pipeline/gaps/describe-loss.js';
import type { Gap } from '../../../src/pipeline/gaps/gap-file.js';
import { planGaps } from '../../../src/pipeline/gaps/plan-gaps.js';

const minuteMs = 60_000;
const at = (minutes: number) => 1_700_000_000_000 + minutes * minuteMs;
const loss = (shardId: string, from: number, to: number) => ({ shardId, fromMs: at(from), toMs: at(to) });

/** In minutes: shards, the gap, the times of its events, those of ingestion. */
function show({ shardIds, fromMs, toMs, range }: Gap): readonly unknown[] {
  const minutes = (ms: number | undefined) => (ms === undefined ? undefined : (ms - at(0)) / minuteMs);
  const { ingestedFromMs, ingestedToMs } = range;
  const events = [minutes(range.fromMs), minutes(range.toMs)];
  return [shardIds.join(' '), minutes(fromMs), minutes(toMs), events, [minutes(ingestedFromMs), minutes(ingestedToMs)]];
}

const cases: readonly {
  readonly name: string;
  readonly losses: readonly ReturnType<typeof loss>[];
  readonly gaps: readonly (readonly unknown[])[];
}[] = [
  {
    name: 'one loss is fetched from half an hour before it, but for what was taken after it',
    losses: [loss('a', 0, 60)],
    gaps: [['a', 0, 60, [-30, 61], [undefined, 61]]],
  },
  {
    name: 'the same time of two shards is one gap',
    losses: [loss('a', 0, 60), loss('b', 0.5, 60.5)],
    gaps: [['a b', 0, 60, [-30, 61], [undefined, 61]]],
  },
  {
    name: 'of a longer loss the rest is fetched: before, up to where the other begins; after, what was taken since',
    losses: [loss('a', 0, 60), loss('b', -90, 100)],
    gaps: [
      ['a b', 0, 60, [-30, 61], [undefined, 61]],
      ['b', -90, 0, [-120, -30], [undefined, 101]],
      ['b', 60, 100, [30, 101], [61, 101]],
    ],
  },
  {
    name: 'a loss over two gaps is what is between and around them',
    losses: [loss('a', 0, 10), loss('a', 50, 60), loss('b', 0, 70)],
    gaps: [
      ['a b', 0, 10, [-30, 11], [undefined, 11]],
      ['a b', 50, 60, [20, 61], [undefined, 61]],
      ['b', 10, 50, [-20, 20], [11, 71]],
      ['b', 60, 70, [30, 71], [61, 71]],
    ],
  },
  {
    name: 'losses apart are gaps apart',
    losses: [loss('a', 0, 60), loss('a', 60, 90)],
    gaps: [
      ['a', 0, 60, [-30, 61], [undefined, 61]],
      ['a', 60, 90, [30, 91], [undefined, 91]],
    ],
  },
];

for (const { name, losses, gaps } of cases) {
  test(`gaps: ${name}`, (t) => {
    t.deepEqual(losses.reduce<readonly Gap[]>(planGaps, []).map(show), gaps);
  });
}

test('gaps: what is fetched for a loss holds every event that was lost, and few that were not', (t) => {
  // An event of each minute and delay: when its flow began, when it was taken; it reaches the stream at once.
  const events = Array.from({ length: 300 }, (_, minute) =>
    [0, 1, 12, 29].map((late) => [minute - 150, minute - 150 + late]),
  ).flat();
  for (const losses of [
    [loss('a', 0, 60)],
    [loss('a', 0, 60), loss('b', -90, 100)],
    [loss('b', -90, 100), loss('a', 0, 60)],
    [loss('a', 0, 10), loss('a', 50, 60), loss('b', -5, 70)],
  ]) {
    const gaps = losses.reduce<readonly Gap[]>(planGaps, []);
    for (const [happened = 0, taken = 0] of events) {
      const times = gaps.filter(({ range }) => {
        const { fromMs, toMs, ingestedFromMs = 0, ingestedToMs = Number.POSITIVE_INFINITY } = range;
        const isInTime = at(happened) >= fromMs && at(happened) < toMs;
        return isInTime && at(taken) >= ingestedFromMs && at(taken) < ingestedToMs;
      }).length;
      const isLost = losses.some(({ fromMs, toMs }) => at(taken) >= fromMs && at(taken) < toMs);
      const told = `began at ${happened}, taken at ${taken}, ${JSON.stringify(gaps.map(show))}`;
      if (isLost) t.true(times >= 1, told);
      t.true(times <= 1, told);
    }
  }
});

for (const [name, fromMs, settings, expected] of [
  [
    'names the command for each log group',
    at(0),
    { healGaps: false, logGroups: ['/a', '/b'] },
    /backfill --log-group \/a --from 2023-11-14T21:43:20.000Z --to 2023-11-14T23:14:20.000Z ; npx kinesis-snare backfill --log-group \/b /,
  ],
  [
    'without log groups leaves the name open',
    at(0),
    { healGaps: false, logGroups: [] },
    /--log-group GROUP --from 2023/,
  ],
  [
    'of an unknown begin leaves that open',
    undefined,
    { healGaps: true, logGroups: ['/a'] },
    /--log-group \/a --from TIME --to 2023/,
  ],
  ['that is healed names the setting', at(0), { healGaps: true, logGroups: ['/a'] }, /being fetched .*input\.healGaps/],
] as const) {
  test(`the text of a loss ${name}`, (t) => {
    t.regex(describeLoss({ shardId: 'a', fromMs, toMs: at(60) }, 'lost', settings), expected);
  });
}
