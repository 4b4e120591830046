/** What `backfill` sends, and how it says no; in this process, with CloudWatch Logs over HTTP and a real TCP receiver. */
import { readdir } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { type BackfillOptions, backfillCommand } from '../../plugin/commands/backfill.js';
import { createDiagnostics } from '../../plugin/commands/diagnostics.js';
import { UsageError } from '../../plugin/commands/exit.js';
import { runCommand } from '../../plugin/commands/run.js';
import { createStatusLine } from '../../plugin/commands/status-line.js';
import { StartError } from '../../src/errors.js';
import { backfillFrom as from, logGroup, setUpBackfill, backfillTo as to } from '../end-to-end/backfill.js';
import { writeManifest } from '../end-to-end/command.js';
import { readLines, toMessages, toSubscriptionRecord } from '../end-to-end/flow-logs.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const diagnostics = createDiagnostics({ format: 'text', write: () => {} });
const statusLine = createStatusLine({ write: () => true });
const quiet = { statusLine, logFormat: 'text', statsIntervalMs: 0 } as const;

async function setUp(t: ExecutionContext, clock?: { now(): number }) {
  const made = await setUpBackfill(t, clock);
  const backfill = (options: Partial<BackfillOptions> = {}) =>
    backfillCommand({
      giveUpMs: 60_000,
      dryRun: false,
      write: () => {},
      manifest: made.manifest,
      logGroup,
      from,
      to,
      logFormat: 'text',
      statusLine,
      diagnostics,
      ...options,
    });
  return { ...made, backfill };
}

test('rows of a backfill are those that the stream gives, but for the time of their collection', async (t) => {
  const { logs, receiver, folder, backfill, input, output } = await setUp(t);
  const kinesis = await startFakeKinesis({ clock: Date });
  t.teardown(() => kinesis.stop());
  kinesis.createStream('flow-logs');
  const odd = { timestamp: 1_700_000_500_123, message: 'no flow log: "\t\u0007ü' };
  const events = logs.put(logGroup, 'eni-k-all', [...toMessages('k', 0, 20), odd]);
  kinesis.put('flow-logs', toSubscriptionRecord(logGroup, 'eni-k-all', events), 'k');
  t.is(await backfill(), 0);
  const read = { ...input, endpoint: kinesis.endpoint, startAt: 'earliest' };
  const manifest = await writeManifest(folder, { input: read, output });
  t.is(await runCommand({ ...quiet, manifest, once: true, giveUpMs: 60_000, diagnostics }), 0);
  const lines = receiver.lines.map((line) => line.replace(/"COLLECTIONDATETIME":"[^"]+",/, ''));
  t.is(lines.length, 42);
  t.deepEqual(lines.slice(0, 21), lines.slice(21));
});

test('a prefix and the times choose what a backfill sends: the begin is in, the end is not', async (t) => {
  const { logs, receiver, backfill } = await setUp(t);
  const messages = toMessages('k', 0, 6);
  logs.put(logGroup, 'eni-a-all', messages);
  logs.put(logGroup, 'eni-b-all', messages);
  const times = { from: '2023-11-14T22:13:22Z', to: '2023-11-15T08:13:24+10:00' };
  t.is(await backfill({ ...times, logStreamPrefix: 'eni-a' }), 0);
  t.deepEqual(
    readLines(receiver.lines).map(({ number }) => number),
    [2, 3],
  );
});

for (const [name, times, expected] of [
  ['without a zone', { from: '2023-11-14T22:13:20', to }, /RFC 3339 time with its zone for --from.*add Z/],
  ['that is none', { from, to: 'yesterday' }, /RFC 3339 time with its zone for --to.*"yesterday"/],
  ['of no calendar', { from: '2023-13-14T22:13:20Z', to }, /RFC 3339 time with its zone for --from/],
  ['that is not before the end', { from: to, to: from }, /--from before --to/],
  ['at the end', { from, to: from }, /--from before --to/],
] as const) {
  test(`a begin or end of a backfill ${name} is refused before anything is asked for`, async (t) => {
    const { backfill, logs } = await setUp(t);
    await t.throwsAsync(backfill(times), { instanceOf: UsageError, message: expected });
    t.is(logs.requests.length, 0);
  });
}

for (const [code, expected] of [
  ['ResourceNotFoundException', /does not exist in region "us-east-1"; check its name, input.region/],
  ['AccessDeniedException', /refused logs:FilterLogEvents on log group.*allow logs:FilterLogEvents on it/],
  ['UnrecognizedClientException', /renew them, or check where they come from/],
] as const) {
  test(`${code} ends a backfill at once, with what to do`, async (t) => {
    const { logs, backfill } = await setUp(t);
    logs.fail({ operation: 'FilterLogEvents', error: { code } });
    await t.throwsAsync(backfill(), { instanceOf: StartError, message: expected });
    t.is(logs.requests.length, 1);
  });
}

for (const [minutesAhead, expected] of [
  [-30, undefined],
  [-10, /--to is less than 20 minutes ago/],
  [10, /--to is in the future/],
] as const) {
  test(`a --to that is ${minutesAhead} minutes ahead of AWS' clock ${expected ? 'comes with a warning' : 'needs none'}, whatever the clock of this machine says`, async (t) => {
    const aheadMs = 10 * 3_600_000;
    const { backfill } = await setUp(t, { now: () => Date.now() + aheadMs });
    const written: string[] = [];
    const toMs = Date.now() + aheadMs + minutesAhead * 60_000;
    const log = createDiagnostics({ format: 'text', write: (text) => written.push(text) });
    t.is(await backfill({ to: new Date(toMs).toISOString(), diagnostics: log }), 0);
    const warning = written.find((text) => text.includes('--to is'));
    if (expected) t.regex(warning ?? '', expected);
    else t.is(warning, undefined);
  });
}

test('a permission that is removed during a backfill ends it, and the same command continues', async (t) => {
  const { logs, receiver, backfill } = await setUp(t);
  logs.rules.eventsPerPage = 10;
  logs.put(logGroup, 'eni-k-all', toMessages('k', 0, 30));
  const filter = logs.operations.get('FilterLogEvents');
  logs.operations.set('FilterLogEvents', (input) => {
    if (logs.requests.length === 1)
      logs.fail({ operation: 'FilterLogEvents', error: { code: 'ExpiredTokenException' } });
    return filter?.(input) ?? {};
  });
  await t.throwsAsync(backfill(), { message: /The position is kept; run the same command to continue/ });
  t.is(await backfill(), 0);
  t.deepEqual(
    readLines(receiver.lines).map(({ number }) => number),
    Array.from({ length: 30 }, (_, index) => index),
  );
});

test('a dry run counts by hour what would be sent, sends nothing and keeps no place', async (t) => {
  const { logs, receiver, folder, backfill } = await setUp(t);
  logs.rules.eventsPerPage = 3;
  const startMs = Date.parse(from);
  for (const minutes of [0, 10, 50]) logs.put(logGroup, 'eni-a-all', toMessages('k', 0, 4, startMs + minutes * 60_000));
  let table = '';
  const write = (text: string) => {
    table += text;
  };
  t.is(await backfill({ dryRun: true, write }), 0);
  t.deepEqual(
    table
      .trimEnd()
      .split('\n')
      .map((line) => line.trimEnd().split(/ {2,}/)),
    [
      ['HOUR (UTC)', 'LOG EVENTS'],
      ['2023-11-14 22:00', '8'],
      ['2023-11-14 23:00', '4'],
      ['ALL', '12'],
    ],
  );
  t.is(receiver.lines.length, 0);
  t.deepEqual(await readdir(folder), ['manifest.json']);
});

test('a backfill by relative times that does not end names the command that continues it', async (t) => {
  const { logs, receiver, backfill } = await setUp(t);
  logs.rules.eventsPerPage = 1;
  logs.put(logGroup, 'eni-a-all', toMessages('k', 0, 10, Date.now() - 600_000));
  const error = t.throwsAsync(backfill({ from: '2h ago', to: 'now' }));
  await receiver.whenLines(1);
  logs.fail({ operation: 'FilterLogEvents', error: { code: 'AccessDeniedException' } });
  t.regex(
    (await error)?.message ?? '',
    / backfill --manifest \S+ --log-group \S+ --from 2\d{3}-\S+Z --to 2\d{3}-\S+Z /,
  );
});
