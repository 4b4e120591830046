import test, { type ExecutionContext } from 'ava';
import { AwsError } from '../../src/aws/error.js';
import type { LogsApi } from '../../src/cloudwatch/api.js';
import { Pace } from '../../src/cloudwatch/pace.js';
import type { RangePage } from '../../src/cloudwatch/range-pages.js';
import { readRange } from '../../src/cloudwatch/range-reader.js';
import { createSdkApi } from '../../src/cloudwatch/sdk-api.js';
import { decodeRecord } from '../../src/decode/decode-record.js';
import type { Fault } from '../../src/faults.js';
import type { LogRange, RangePosition } from '../../src/log-range.js';
import type { StreamRecord } from '../../src/record.js';
import { startFakeCloudWatchLogs } from '../fakes/fake-cloudwatch-logs.js';
import type { FakeLogEvent } from '../fakes/fake-filter-log-events.js';
import type { FakeFault } from '../fakes/fake-kinesis-script.js';
import { HandClock } from '../fakes/hand-clock.js';
import { seed } from '../fixtures/random.js';

const logGroup = '/aws/vpc/flow-logs';
const range: LogRange = { logGroup, fromMs: 1000, toMs: 2000 };
const caps = { maxRecordBytes: 2 ** 24, maxEventsPerRecord: 1e5 };

async function setUp(t: ExecutionContext) {
  let underWay = 0;
  const clock = new HandClock({ isBusy: () => underWay > 0 });
  const logs = await startFakeCloudWatchLogs({ clock, seed });
  logs.createLogGroup(logGroup);
  t.teardown(() => logs.stop());
  const { endpoint, region, credentials } = logs;
  const sdk = createSdkApi({ endpoint, region, credentials });
  t.teardown(() => sdk.close());
  const api: LogsApi = {
    ...sdk,
    filterEvents: (...args) => {
      underWay++;
      return sdk.filterEvents(...args).finally(() => underWay--);
    },
  };
  const put = (logStream: string, timestamps: readonly number[]) =>
    logs.put(
      logGroup,
      logStream,
      timestamps.map((timestamp) => ({ timestamp, message: `at ${timestamp}` })),
    );
  const read = (
    options: {
      api?: LogsApi;
      range?: LogRange;
      position?: RangePosition;
      handOn?: (record: StreamRecord) => Promise<void>;
    } = {},
  ) => {
    const records: StreamRecord[] = [];
    const reading = {
      records,
      behind: [] as RangePosition[],
      acked: [] as RangePosition[],
      pages: [] as RangePage[],
      faults: [] as Fault[],
      recoveries: 0,
      stop: new AbortController(),
      isEnded: false,
    };
    const ended = readRange({
      api,
      range,
      owner: '123456789012',
      limits: { maxEvents: 3, maxBytes: 100_000 },
      handOn: async (record) => {
        records.push(record);
      },
      ...options,
      track: (position) => {
        reading.behind.push(position);
        return { ack: () => reading.acked.push(position) };
      },
      onPage: (page) => reading.pages.push(page),
      pace: new Pace(clock),
      clock,
      random: () => 0.5,
      onFault: (fault) => reading.faults.push(fault),
      onRecovery: () => reading.recoveries++,
      signal: reading.stop.signal,
    }).finally(() => {
      reading.isEnded = true;
    });
    ended.catch(() => {});
    const finish = async () => {
      await clock.advanceUntil(() => reading.isEnded);
      return ended;
    };
    return { ...reading, reading, ended, finish };
  };
  return { clock, logs, put, read };
}

async function idsOf(records: readonly StreamRecord[]): Promise<readonly string[]> {
  const decoded = await Promise.all(records.map(({ data }) => decodeRecord(data, caps)));
  return decoded.flatMap(({ envelopes }) => envelopes.flatMap(({ events }) => events.map(({ id }) => id)));
}

const toIds = (events: readonly FakeLogEvent[]) => events.map(({ eventId }) => eventId);
const random = (count: number) => Array.from({ length: count }, (_, index) => 1000 + ((index * 7919) % 1000));

test('every event of the range is handed on once, over short, empty and repeating pages, within the rate of AWS', async (t) => {
  const { logs, put, read } = await setUp(t);
  const expected = [...put('a', random(100)), ...put('b', random(100))];
  put('a', [999, 2000, 2001]);
  Object.assign(logs.rules, { eventsPerPage: 9, emptyShare: 0.3, repeatShare: 0.5, isThrottling: true });
  const { records, faults, pages, finish } = read();
  t.true(await finish(), `FUZZ_SEED=${seed}`);
  t.deepEqual([...(await idsOf(records))].sort(), toIds(expected).sort(), `FUZZ_SEED=${seed}`);
  t.deepEqual(faults, []);
  t.is(
    pages.reduce((sum, { events }) => sum + events, 0),
    200,
  );
});

test('records are payloads of a log stream each, in the order of time, within their limits', async (t) => {
  const { put, read } = await setUp(t);
  put('a', [1004, 1001, 1002, 1003]);
  put('b', [1001, 1500]);
  const { records, finish } = read();
  await finish();
  const decoded = await Promise.all(records.map(({ data }) => decodeRecord(data, caps)));
  const shown = decoded.flatMap(({ envelopes }) =>
    envelopes.map(({ logStream, events }) => [logStream, ...events.map(({ timestamp }) => timestamp)]),
  );
  t.deepEqual(shown, [
    ['a', 1001, 1002, 1003],
    ['a', 1004],
    ['b', 1001, 1500],
  ]);
  t.like(decoded[0]?.envelopes[0], { owner: '123456789012', logGroup });
  t.is(records[0]?.shardId, logGroup);
});

test('a page counts once all of its records are acknowledged, in whatever order', async (t) => {
  const { logs, put, read } = await setUp(t);
  logs.rules.eventsPerPage = 4;
  put('a', [1001, 1002, 1003, 1004, 1005]);
  const { records, behind, acked, finish } = read();
  await finish();
  t.is(records.length, 3);
  t.like(behind, [{ type: 'at', atMs: 1004, startMs: 1000 }, { type: 'end' }]);
  records[1]?.ack();
  records[1]?.ack();
  t.deepEqual(acked, []);
  records[0]?.ack();
  t.deepEqual(acked, behind.slice(0, 1));
});

test('reading continues from a token without a repeat, and from its time where the token is gone', async (t) => {
  const { clock, logs, put, read } = await setUp(t);
  logs.rules.eventsPerPage = 2;
  // The second and the third event are of one millisecond, on two pages.
  const ids = toIds(put('a', [1001, 1002, 1002, 1003, 1004]));
  const first = read();
  await first.finish();
  const [position] = first.behind;
  const second = read({ ...(position && { position }) });
  await second.finish();
  t.deepEqual(await idsOf(second.records), ids.slice(2));
  clock.stepWallTime(25 * 3_600_000);
  const third = read({ ...(position && { position }) });
  await third.finish();
  t.deepEqual(await idsOf(third.records), ids.slice(1));
});

test('a token that dies in mid-run loses nothing and gives nothing twice', async (t) => {
  const { logs, put, read } = await setUp(t);
  logs.rules.eventsPerPage = 2;
  const ids = toIds(put('a', [1001, 1002, 1002, 1002, 1003, 1004]));
  const { reading, records, finish } = read({});
  const error = { code: 'InvalidParameterException', message: 'The specified nextToken is invalid.' };
  const isSecondPage = () => reading.pages.length === 1;
  logs.operations.set(
    'FilterLogEvents',
    ((filter) => (input) => {
      if (isSecondPage() && input.nextToken !== undefined) logs.fail({ operation: 'FilterLogEvents', error });
      return filter?.(input) ?? {};
    })(logs.operations.get('FilterLogEvents')),
  );
  t.true(await finish());
  t.deepEqual(await idsOf(records), ids);
  t.true(logs.requests.some(({ outcome }) => outcome === 'InvalidParameterException'));
});

test('an old token that is answered as if nothing more were there is not believed', async (t) => {
  const { logs, put, read } = await setUp(t);
  logs.rules.eventsPerPage = 2;
  const ids = toIds(put('a', [1001, 1002, 1003, 1004]));
  const first = read();
  await first.finish();
  const [position] = first.behind;
  const filter = logs.operations.get('FilterLogEvents');
  logs.operations.set('FilterLogEvents', (input) =>
    input.nextToken === (position as { token?: string }).token ? { events: [] } : (filter?.(input) ?? {}),
  );
  const second = read({ ...(position && { position }) });
  t.true(await second.finish());
  t.deepEqual(await idsOf(second.records), ids.slice(1));
});

test('page tokens that go in a circle are a fault that names one, and reading continues by time', async (t) => {
  const { read } = await setUp(t);
  const eventAt = (timestamp: number) => {
    return { id: `${timestamp}`, logStream: 'a', timestamp, ingestedMs: undefined, message: 'm' };
  };
  const api: LogsApi = {
    account: async () => ({ accountId: undefined, region: 'us-east-1' }),
    filterEvents: async (_range, startMs) => {
      if (faults.length > 0) return { events: [startMs, startMs + 1].map(eventAt), nextToken: undefined };
      return { events: [1001, 1002].map(eventAt), nextToken: 'the same' };
    },
    close: () => {},
  };
  const { records, faults, pages, finish } = read({ api });
  t.true(await finish());
  t.deepEqual(await idsOf(records), ['1001', '1002', '1003']);
  t.is(faults.length, 1);
  t.like(faults[0], { code: 'transient' });
  t.true(faults[0]?.message.includes('FilterLogEvents names the page "the same" repeatedly'));
  // A few times in a row is how AWS searches.
  t.true(pages.length > 20);
});

test('a circle that stays stays a fault, and none of its pages is progress, while new tokens of empty pages are', async (t) => {
  const { read, clock } = await setUp(t);
  const event = { id: '1', logStream: 'a', timestamp: 1001, ingestedMs: undefined, message: 'm' };
  let asked = 0;
  const api: LogsApi = {
    account: async () => ({ accountId: undefined, region: 'us-east-1' }),
    filterEvents: async () => {
      asked++;
      if (asked === 1) return { events: [event], nextToken: 'first' };
      return { events: [], nextToken: asked <= 101 ? `empty ${asked}` : `round ${asked % 3}` };
    },
    close: () => {},
  };
  const { reading, faults, pages, finish } = read({ api });
  await clock.advanceUntil(() => faults.length === 1);
  // Well before a command gives up, which is after 60 s.
  t.is(pages.filter(({ isProgress }) => isProgress).length, 1 + 100 + 3);
  t.is(pages.length, 1 + 100 + 3 + 30);
  await clock.advanceUntil(() => faults.length === 4);
  t.is(pages.filter(({ isProgress }) => isProgress).length, 1 + 100 + 3);
  t.is(reading.recoveries, 0);
  t.deepEqual(
    faults.map(({ attempt }) => attempt),
    [1, 2, 3, 4],
  );
  t.true(faults.every(({ message }) => message.includes('FilterLogEvents names the page "round ')));
  reading.stop.abort();
  await finish();
});

const nameOf = (error: FakeFault) =>
  typeof error === 'string' ? error : 'code' in error ? error.code : `not from AWS: ${error.body}`;

for (const error of [
  { code: 'ThrottlingException' },
  { code: 'ServiceUnavailableException', status: 503 },
  { body: '{}' },
  'reset',
  'not-json',
] as const) {
  test(`a response that is ${nameOf(error)} costs time, and nothing else`, async (t) => {
    const { logs, put, read } = await setUp(t);
    logs.rules.eventsPerPage = 2;
    const ids = toIds(put('a', [1001, 1002, 1003]));
    logs.fail({ operation: 'FilterLogEvents', times: 3, error });
    const { records, faults, finish } = read();
    t.true(await finish());
    t.deepEqual(await idsOf(records), ids);
    t.deepEqual(
      faults.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
  });
}

test('credentials that AWS no longer takes are asked for again before the next request', async (t) => {
  const { logs } = await setUp(t);
  let asked = 0;
  const credentials = async () => ({ accessKeyId: `key-${++asked}`, secretAccessKey: 'fake' });
  const api = createSdkApi({ endpoint: logs.endpoint, region: logs.region, credentials });
  t.teardown(() => api.close());
  const { signal } = new AbortController();
  const ask = () => api.filterEvents(range, range.fromMs, undefined, signal);
  await ask();
  await ask();
  t.is(asked, 1);
  logs.fail({ operation: 'FilterLogEvents', error: { code: 'ExpiredTokenException' } });
  await t.throwsAsync(ask(), { instanceOf: AwsError, code: 'ExpiredTokenException' });
  await ask();
  t.is(asked, 2);
});

test('a fault that only a person can fix ends the reading at once', async (t) => {
  const { logs, read } = await setUp(t);
  logs.groups.clear();
  const { finish } = read();
  const error = await t.throwsAsync(finish(), { instanceOf: AwsError });
  t.is((error as AwsError).kind, 'not-found');
  t.is(logs.requests.length, 1);
});

test('a record that is not taken is handed on again, and a stop does not count it as taken', async (t) => {
  const { clock, put, read } = await setUp(t);
  const ids = toIds(put('a', [1001, 1002]));
  const taken: StreamRecord[] = [];
  let refusals = 2;
  const refused = read({
    handOn: async (record) => {
      if (refusals-- > 0) throw new Error('no room');
      taken.push(record);
    },
  });
  await refused.finish();
  t.deepEqual(await idsOf(taken), ids);
  t.is(refused.faults.length, 2);

  const stopped = read({ handOn: () => Promise.reject(new Error('never')) });
  await clock.advanceUntil(() => stopped.faults.length === 3);
  stopped.stop.abort();
  t.false(await stopped.ended);
  t.deepEqual(stopped.acked, []);
});

test('events that CloudWatch Logs took outside of the given times are left out', async (t) => {
  const { logs, read } = await setUp(t);
  const events = [10, 20, 30, 40].map((ingestedMs) => {
    return logs.put(logGroup, 'a', [{ timestamp: 1500, message: `taken at ${ingestedMs}` }], ingestedMs);
  });
  const { records, finish } = read({ range: { ...range, ingestedFromMs: 20, ingestedToMs: 40 } });
  await finish();
  t.deepEqual(await idsOf(records), toIds(events.flat().slice(1, 3)));
});

test('a log group may be given by its ARN, and log streams by a prefix', async (t) => {
  const { put, read } = await setUp(t);
  const ids = toIds(put('eni-a', [1001]));
  put('eni-b', [1001]);
  const arn = `arn:aws:logs:us-east-1:123456789012:log-group:${logGroup}:*`;
  const { records, finish } = read({ range: { ...range, logGroup: arn, logStreamPrefix: 'eni-a' } });
  await finish();
  t.deepEqual(await idsOf(records), ids);
  t.is(records[0]?.shardId, logGroup);
});
