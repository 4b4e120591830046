import test from 'ava';
import { createAutoFormats } from '../../src/flow-log/auto-formats.js';
import { DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT } from '../../src/flow-log/default-formats.js';
import type { FormatRule } from '../../src/flow-log/format-list.js';
import { HandClock } from '../fakes/hand-clock.js';
import { customFormat, customLine, documentedLine } from '../fixtures/flow-logs.js';
import { createListedFormats } from './listed-formats.js';

const defaults = [DEFAULT_FORMAT.text, TRANSIT_GATEWAY_FORMAT.text];
const home = '123456789012';
const group = '/aws/vpc/flow-logs';

function setUp(options: { readonly rules?: readonly FormatRule[]; readonly account?: string } = {}) {
  const clock = new HandClock();
  const stop = new AbortController();
  const asked: number[] = [];
  const advice: string[] = [];
  const faults: string[] = [];
  const aws = { formats: [customFormat], refused: undefined as string | undefined, fails: false, isGone: false };
  const source = createAutoFormats({
    async lookUp() {
      asked.push(clock.monotonic());
      if (aws.fails) throw new Error('RequestLimitExceeded');
      return aws.refused === undefined
        ? { formats: new Map(aws.isGone ? [] : [[group, aws.formats]]) }
        : { refused: aws.refused };
    },
    rules: options.rules ?? [],
    account: () => options.account,
    clock,
    random: () => 0.5,
    signal: stop.signal,
    onAdvice: (message) => advice.push(message),
    onFault: ({ code }) => faults.push(code),
    onRecovery: () => faults.push('recovered'),
  });
  const lines = (messages: readonly string[], { logGroup = group, owner = home } = {}) => [
    { owner, logGroup, logStream: 'eni-1-all', events: messages.map((message) => ({ message })) },
  ];
  const textsOf = (owner = home) => source.current.select(group, 'eni-1-all', owner).map(({ text }) => text);
  return { aws, source, clock, stop, asked, advice, faults, lines, textsOf };
}

test('formats are listed before the first line is parsed, once', async (t) => {
  const { source, asked, lines, textsOf } = setUp();
  await source.prepare([...lines([customLine]), ...lines([customLine])]);
  t.deepEqual(textsOf(), [customFormat, ...defaults]);
  t.is(source.prepare(lines([customLine, documentedLine])), undefined);
  t.is(asked.length, 1);
});

test('formats of the settings come before those that are found', async (t) => {
  const { source, lines, textsOf } = setUp({ rules: [{ format: '${version} ${end}' }] });
  await source.prepare(lines([customLine]));
  t.deepEqual(textsOf(), ['${version} ${end}', customFormat, ...defaults]);
});

test('a line that fits none has formats listed again, at most once a minute, and what was found before stays', async (t) => {
  const { aws, source, clock, asked, lines, textsOf } = setUp();
  await source.prepare(lines([customLine]));
  aws.formats = ['${version} ${action}'];
  t.is(source.prepare(lines(['2 ACCEPT'])), undefined);
  await clock.advance(60_000);
  t.is(source.prepare(lines([customLine])), undefined, 'all lines fit');
  await source.prepare(lines([customLine, '2 ACCEPT']));
  t.deepEqual(textsOf(), ['${version} ${action}', customFormat, ...defaults]);
  t.is(source.prepare(lines(['no flow log at all'])), undefined);
  t.is(asked.length, 2);
});

test('two records of a new group that come at the same time share one listing', async (t) => {
  const { source, asked, lines } = setUp();
  await Promise.all([source.prepare(lines([customLine])), source.prepare(lines([customLine]))]);
  t.is(asked.length, 1);
});

test('a missing permission is reported once, the default formats are used, and a permission that comes is noticed', async (t) => {
  const { aws, source, clock, advice, lines, textsOf } = setUp();
  aws.refused = 'AWS refused';
  await source.prepare(lines([customLine]));
  await source.prepare(lines([customLine], { logGroup: '/another' }));
  t.deepEqual(advice, ['AWS refused']);
  t.deepEqual(textsOf(), defaults);
  aws.refused = undefined;
  await clock.advance(60_000);
  await source.prepare(lines([customLine]));
  t.is(textsOf()[0], customFormat);
});

test('a group of another account is not looked up, has none of the formats of its namesake, and is reported once', async (t) => {
  const { source, asked, advice, lines, textsOf } = setUp({ account: home });
  await source.prepare(lines([customLine]));
  const foreign = lines([customLine], { owner: '999999999999' });
  t.false(source.current.knows(group, '999999999999'), 'nobody was told yet');
  t.is(source.prepare(foreign), undefined);
  t.is(source.prepare(foreign), undefined);
  t.deepEqual(textsOf('999999999999'), defaults);
  t.is(asked.length, 1);
  t.is(advice.length, 1);
  t.regex(advice[0] ?? '', /999999999999/);
});

test('a fault of the first look-up is waited out, so that no line is parsed without its format', async (t) => {
  const { aws, source, clock, faults, lines, textsOf } = setUp();
  aws.fails = true;
  let isSettled = false;
  const prepared = source.prepare(lines([customLine]))?.then(() => {
    isSettled = true;
  });
  await clock.advance(300_000);
  t.false(isSettled);
  aws.fails = false;
  await clock.advance(30_000);
  await prepared;
  t.is(textsOf()[0], customFormat);
  t.deepEqual([faults[0], faults.at(-1)], ['formats-not-found', 'recovered']);
});

test('a fault of a later look-up is reported, and does not hold up the lines of a group that is known', async (t) => {
  const { aws, source, clock, faults, lines, textsOf } = setUp();
  await source.prepare(lines([customLine]));
  aws.fails = true;
  await clock.advance(60_000);
  await source.prepare(lines(['odd']));
  t.deepEqual(faults, ['formats-not-found']);
  t.is(source.prepare(lines(['odd'])), undefined);
  t.is(textsOf()[0], customFormat);
});

test('made-up log groups by the thousand cost one listing a minute, and no memory of each', async (t) => {
  const { source, clock, asked, advice, lines, textsOf } = setUp({ account: home });
  for (let minute = 1; minute <= 3; minute++) {
    for (let name = 0; name < 2000; name++)
      await source.prepare(lines([customLine], { logGroup: `/${minute}/${name}` }));
    t.is(asked.length, minute);
    await clock.advance(60_000);
  }
  for (let name = 0; name < 2000; name++)
    await source.prepare(lines([customLine], { logGroup: `/${name}`, owner: '999999999999' }));
  t.is(advice.length, 100, 'those of other accounts are reported, up to a limit');
  t.is(textsOf()[0], customFormat, 'what AWS listed is not forgotten for them');
});

test('log groups that share their formats share one list of them', async (t) => {
  const clock = new HandClock();
  const listing = new Map(Array.from({ length: 50 }, (_, index) => [`/${index}`, [customFormat]]));
  const source = createListedFormats(() => listing, clock);
  const lines = [{ owner: home, logGroup: '/new', logStream: 's', events: [] }];
  await source.prepare(lines);
  const formats = source.current.select('/0', 's');
  t.is(source.current.select('/49', 's'), formats);
  await clock.advance(60_000);
  await source.prepare(lines);
  t.is(source.current.select('/49', 's'), formats, 'the next listing keeps it');
});

test('a log group that AWS no longer lists keeps its formats, since its lines may still come', async (t) => {
  const { aws, source, clock, lines, textsOf } = setUp();
  await source.prepare(lines([customLine]));
  aws.isGone = true;
  await clock.advance(60_000);
  await source.prepare(lines(['odd']));
  t.is(textsOf()[0], customFormat);
});

test('of log groups that no listing has, a bounded number is remembered', async (t) => {
  const { aws, source, clock, lines, faults } = setUp();
  for (let name = 0; name <= 1000; name++) {
    await source.prepare(lines([customLine], { logGroup: `/${name}` }));
    await clock.advance(60_000);
  }
  aws.fails = true;
  await source.prepare(lines([customLine], { logGroup: '/1' }));
  t.is(faults.length, 1, 'the latest are known, and not held');
  await clock.advance(60_000);
  void source.prepare(lines([customLine], { logGroup: '/0' }));
  await clock.advance(60_000);
  t.true(faults.length > 2, 'the first is new again, and held');
});

test('lines of a new log group do not pass with a listing that failed for the lines of another', async (t) => {
  const { aws, source, clock, faults, lines } = setUp();
  await source.prepare(lines([customLine]));
  aws.fails = true;
  await clock.advance(60_000);
  let isSettled = false;
  const odd = source.prepare(lines(['odd']));
  const held = source.prepare(lines([customLine], { logGroup: '/new' }))?.then(() => {
    isSettled = true;
  });
  await odd;
  await clock.advance(10_000);
  t.false(isSettled);
  t.true(faults.length > 1);
  aws.fails = false;
  await clock.advance(30_000);
  await held;
});

test('a log group that is new while formats cannot be listed has its lines held, one that no listing has does not', async (t) => {
  const { aws, source, clock, faults, lines } = setUp();
  await source.prepare(lines(['odd'], { logGroup: '/other-logs' }));
  aws.fails = true;
  await clock.advance(60_000);
  await source.prepare(lines(['odd'], { logGroup: '/other-logs' }));
  t.deepEqual(faults, ['formats-not-found']);
  let isSettled = false;
  const prepared = source.prepare(lines([customLine], { logGroup: '/new' }))?.then(() => {
    isSettled = true;
  });
  await clock.advance(120_000);
  t.false(isSettled);
  aws.fails = false;
  await clock.advance(30_000);
  await prepared;
  t.true(isSettled);
});

test('a stop during a look-up rejects, so that the lines are read again and not parsed without their format', async (t) => {
  const { aws, source, stop, lines } = setUp();
  aws.fails = true;
  const prepared = source.prepare(lines([customLine]));
  stop.abort();
  await t.throwsAsync(async () => prepared, { message: /Stopped/ });
});

test('formats that no line can tell apart, and one that cannot be used, are reported once', async (t) => {
  const { aws, source, clock, advice, lines, textsOf } = setUp();
  aws.formats = ['${version} ${vpc-id}', '${version} ${subnet-id}', '${version} ${version}'];
  await source.prepare(lines(['2 x']));
  await clock.advance(60_000);
  await source.prepare(lines(['odd']));
  t.is(advice.length, 2);
  t.deepEqual(textsOf(), ['${version} ${vpc-id}', '${version} ${subnet-id}', ...defaults]);
});

test('what was made of a record is made of it once more with the formats that it had, whatever was found since', async (t) => {
  const { aws, source, clock, lines } = setUp();
  const [first, second] = [new Uint8Array(), new Uint8Array()];
  t.is(source.pinned(first), undefined);
  t.false(source.current.knows(group, home));
  await source.prepare(lines([customLine]));
  t.true(source.current.knows(group, home));
  const select = (record: Uint8Array) =>
    source
      .pin(record)
      .select(group, 'eni-1-all')
      .map(({ text }) => text);
  const before = select(first);
  aws.formats = ['${version} ${action}'];
  await clock.advance(60_000);
  await source.prepare(lines(['2 ACCEPT']));
  t.deepEqual(select(first), before);
  t.deepEqual(select(second), ['${version} ${action}', ...before]);
});

test('a payload without a log group is not looked up', (t) => {
  const { source, lines } = setUp();
  t.is(source.prepare(lines([customLine], { logGroup: '' })), undefined);
});
