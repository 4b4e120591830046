/** `reconcile` over a whole path: CloudWatch Logs and Kinesis over HTTP, a real TCP receiver, and the program as it is started. */
import { writeFileSync } from 'node:fs';
import { chown, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import { createDiagnostics } from '../../plugin/commands/diagnostics.js';
import { type ReconcileOptions, reconcileCommand } from '../../plugin/commands/reconcile/reconcile.js';
import { replayCommand } from '../../plugin/commands/replay/replay.js';
import { runCommand } from '../../plugin/commands/run.js';
import { createStatusLine } from '../../plugin/commands/status-line.js';
import { loadPlugin } from '../../plugin/load-plugin.js';
import { resetCheckpointFile } from '../../src/checkpoint/checkpoint-file.js';
import { parseCounts } from '../../src/checkpoint/ledger-counts.js';
import { writeLedgerFile } from '../../src/checkpoint/ledger-file.js';
import { emptyTally, hourMs } from '../../src/tally.js';
import { startFakeCloudWatchLogs } from '../fakes/fake-cloudwatch-logs.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startReceiver } from '../fakes/receiver.js';
import { readConfirmed } from './backfill.js';
import { makeFolder, runHere, start, writeManifest } from './command.js';
import { findMissing, toMessages, toSubscriptionRecord } from './flow-logs.js';

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const logGroup = '/aws/vpc/flow-logs';
const stream = 'flow-logs';
/** Three whole hours that are over for long enough. */
const toMs = Math.floor(Date.now() / hourMs) * hourMs - hourMs;
const fromMs = toMs - 3 * hourMs;
const range = { logGroup, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
const rangeArgs = ['--log-group', logGroup, '--from', range.from, '--to', range.to];

interface Report {
  readonly missing: number;
  readonly filters: readonly string[];
  readonly hours: readonly Readonly<
    Record<'existing' | 'delivered' | 'deadLettered' | 'filtered' | 'missing' | 'surplus', number>
  >[];
  readonly commands: readonly string[];
}

async function setUp(t: ExecutionContext, settings: object = {}) {
  const logs = await startFakeCloudWatchLogs({ clock: Date });
  logs.createLogGroup(logGroup);
  const kinesis = await startFakeKinesis({ clock: Date });
  kinesis.createStream(stream, { shards: 1 });
  const receiver = await startReceiver();
  t.teardown(async () => {
    await receiver.close();
    await logs.stop();
    await kinesis.stop();
  });
  const folder = await makeFolder(t);
  const aws = { region: logs.region, endpoint: kinesis.endpoint, logsEndpoint: logs.endpoint };
  const input = { stream, ...aws, startAt: 'earliest', checkpointIntervalMs: 0, idleDelayMs: 200, shardSyncMs: 1000 };
  const output = { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 };
  const manifest = await writeManifest(folder, { input, output, ...settings });
  let number = 0;
  /** Events of a minute, a second apart, as CloudWatch Logs takes them. */
  const write = (minute: number, events: number) => {
    const messages = toMessages('k', number, number + events, fromMs + minute * 60_000);
    number += events;
    return logs.put(logGroup, 'eni-k-all', messages);
  };
  const send = (events: ReturnType<typeof write>, filter = 'to-snare') =>
    kinesis.put(stream, toSubscriptionRecord(logGroup, 'eni-k-all', events, [filter]), String(number));
  const said: string[] = [];
  const common = {
    ...{ manifest, giveUpMs: 60_000, logFormat: 'text' as const },
    diagnostics: createDiagnostics({ format: 'text', write: (line) => said.push(line) }),
    statusLine: createStatusLine({ write: () => true }),
  };
  const runOnce = async () => t.is(await runCommand({ ...common, once: true, statsIntervalMs: 0 }), 0, said.join(''));
  const replay = async () => t.is(await replayCommand({ ...common, file: undefined }), 0, said.join(''));
  const reconcile = async (code: number, times: Partial<ReconcileOptions> = {}) => {
    let report = '{}';
    const write = (text: string) => {
      report = text;
    };
    t.is(await reconcileCommand({ ...common, ...range, json: true, ...times, write }), code, said.join(''));
    return JSON.parse(report) as Report;
  };
  return { logs, kinesis, receiver, folder, manifest, input, output, write, send, runOnce, replay, reconcile, said };
}

test('over kills and a reshard the ledger is the truth, a gap is found, and its command closes it', async (t) => {
  const { kinesis, receiver, folder, manifest, write, send, runOnce, reconcile } = await setUp(t);
  const sent = [0, 0, 0];
  let events = 0;
  for (let minute = 0; minute < 180; minute += 2) {
    const written = write(minute, 20);
    events += 20;
    // Two records never reach the stream.
    if (minute === 70 || minute === 80) continue;
    send(written);
    sent[Math.floor(minute / 60)] = (sent[Math.floor(minute / 60)] ?? 0) + 20;
    if (minute === 40) kinesis.split(stream, 'shardId-000000000000');
  }
  for (const lines of [100, 700]) {
    const { child, ended } = start(t, folder, ['run', '--manifest', 'manifest.json']);
    while (receiver.lines.length < lines) await sleep(20);
    child.kill('SIGKILL');
    await ended;
  }
  await runOnce();

  const report = await reconcile(1);
  t.deepEqual(
    report.hours.map(({ existing, delivered, missing }) => [existing, delivered, missing]),
    [
      [600, sent[0], 0],
      [600, sent[1], 40],
      [600, sent[2], 0],
    ],
  );
  t.is(report.commands.length, 1);
  t.is(findMissing(receiver.lines, events).length, 40);
  const [npx, program, ...words] = (report.commands[0] ?? '').split(' ');
  t.deepEqual([npx, program], ['npx', 'kinesis-snare']);
  // The command names the manifest as `reconcile` got it.
  const backfill = await runHere(...words);
  t.is(backfill.code, 0, backfill.stderr);
  t.deepEqual(findMissing(receiver.lines, events), []);
  const after = await reconcile(0);
  t.deepEqual(
    after.hours.map(({ missing, surplus }) => [missing, surplus]),
    [
      [0, 0],
      [0, 560],
      [0, 0],
    ],
  );
  const table = await runHere('reconcile', ...rangeArgs, '--manifest', manifest);
  t.is(table.code, 0, table.stderr);
  const [heading, ...rows] = table.stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  t.deepEqual(heading, ['HOUR (UTC)', 'IN CLOUDWATCH', 'DELIVERED', 'MISSING', 'SURPLUS']);
  t.deepEqual(rows.at(-1), ['ALL', '1,800', '2,360', '0', '560']);
  t.is(rows.length, 4);
});

test('a backfill that is killed counts nothing twice', async (t) => {
  const { logs, folder, manifest, write, send, runOnce, reconcile } = await setUp(t);
  send(write(0, 10));
  for (let minute = 1; minute < 21; minute++) write(minute, 20);
  await runOnce();
  t.is((await reconcile(1)).missing, 400);
  const args = ['backfill', ...rangeArgs, '--manifest', manifest];
  const { eventsPerPage } = logs.rules;
  // Only the backfill that is killed has to take a while.
  logs.rules.eventsPerPage = 20;
  const { child, ended } = start(t, folder, args);
  while ((await readConfirmed(folder)) === 0) await sleep(10);
  child.kill('SIGKILL');
  await ended;
  logs.rules.eventsPerPage = eventsPerPage;
  const [hour] = (await reconcile(1)).hours;
  t.true((hour?.missing ?? 0) < 400);
  const again = await runHere(...args);
  t.is(again.code, 0, again.stderr);
  const [healed] = (await reconcile(0)).hours;
  t.is(healed?.delivered, 10 + 410);
});

test('the copies of two filters are not added up, so they hide no gap', async (t) => {
  const { write, send, runOnce, reconcile } = await setUp(t);
  for (let minute = 0; minute < 10; minute++) {
    const events = write(minute, 10);
    // One filter has lost the first half, the other one the second half: the sum is what exists.
    send(events, minute < 5 ? 'one' : 'other');
  }
  await runOnce();
  const report = await reconcile(1);
  t.is(report.missing, 50);
  t.deepEqual(report.filters.toSorted(), ['one', 'other']);
  for (let minute = 60; minute < 70; minute++) {
    const events = write(minute, 10);
    send(events, 'one');
    // Its copies are as many as all that exists, and add nothing.
    if (minute < 65) send(events, 'other');
  }
  await runOnce();
  t.deepEqual(
    (await reconcile(1)).hours.map(({ missing, surplus }) => [missing, surplus]),
    [
      [50, 0],
      [0, 0],
      [0, 0],
    ],
  );
});

test('dead letters are accounted for, and delivered once they are replayed', async (t) => {
  const { folder, input, output, logs, send, write, runOnce, replay, reconcile } = await setUp(t, {
    unparsed: 'dead-letter',
  });
  send(write(0, 10));
  const odd = { timestamp: fromMs, message: 'only four words here' };
  send(logs.put(logGroup, 'eni-k-all', [odd, { ...odd, timestamp: fromMs + hourMs }, odd]));
  await runOnce();
  const pick = ({ hours }: Report) =>
    hours.map(({ delivered, deadLettered, missing }) => [delivered, deadLettered, missing]);
  t.deepEqual(pick(await reconcile(0)), [
    [10, 2, 0],
    [0, 1, 0],
    [0, 0, 0],
  ]);
  const formats = ['${a} ${b} ${c} ${d}'];
  await writeManifest(folder, { input: { ...input, formats }, output, unparsed: 'dead-letter' });
  await replay();
  t.deepEqual(pick(await reconcile(0)), [
    [12, 0, 0],
    [1, 0, 0],
    [0, 0, 0],
  ]);
});

/** Fires what runs every ten seconds when it is cleared, in place of waiting. It is that of the process: for a serial test. */
function fireAtEnd(t: ExecutionContext): void {
  const { setInterval, clearInterval } = globalThis;
  t.teardown(() => Object.assign(globalThis, { setInterval, clearInterval }));
  const callbacks = new Map<unknown, () => void>();
  Object.assign(globalThis, {
    setInterval(callback: () => void, ms: number) {
      const timer = setInterval(callback, ms);
      if (ms === 10_000) callbacks.set(timer, callback);
      return timer;
    },
    clearInterval(timer: NodeJS.Timeout) {
      callbacks.get(timer)?.();
      callbacks.delete(timer);
      clearInterval(timer);
    },
  });
}

test.serial(
  'run --once, replay and reconcile report their progress, without a terminal as a line every ten seconds',
  async (t) => {
    const { folder, input, output, logs, send, write, runOnce, replay, reconcile, said } = await setUp(t, {
      unparsed: 'dead-letter',
    });
    fireAtEnd(t);
    const odd = { timestamp: fromMs, message: 'only four words here' };
    send([...write(0, 10), ...logs.put(logGroup, 'eni-k-all', [odd, odd])]);
    await runOnce();
    await writeManifest(folder, { input, output });
    await replay();
    await reconcile(0);
    const [run = '', replayed = '', reconciled = '', ...more] = said.filter((line) => / [\d,]+\/s/.test(line));
    t.regex(run, / info (?:\d+ %, )?12 log events, .* behind\n$/);
    t.regex(replayed, / info 100 %, 1 dead letter, /);
    t.regex(reconciled, / info 0 %, 12 log events, .* at \d{4}-/);
    t.deepEqual(more, []);
  },
);

test('what a format of the host drops is accounted for in the hour of its event', async (t) => {
  const { manifest, send, write, reconcile } = await setUp(t);
  send([...write(0, 4), ...write(60, 4), ...write(120, 4)]);
  const drop = winston.format((info) => (/ [0-6] \d+ \d+ ACCEPT/.test(String(info.message)) ? false : info));
  const plugin = await loadPlugin(winston.createLogger({ format: drop() }), manifest);
  await plugin.start();
  await plugin.whenCaughtUp(AbortSignal.timeout(20_000));
  t.true(await plugin.stop());
  t.is(plugin.stats().filtered, 7);
  t.deepEqual(
    (await reconcile(0)).hours.map(({ delivered, filtered }) => [delivered, filtered]),
    [
      [0, 4],
      [1, 3],
      [4, 0],
    ],
  );
});

test('counts in a checkpoint that is reset are kept', async (t) => {
  const { folder, write, send, runOnce, reconcile } = await setUp(t);
  send(write(0, 10));
  await runOnce();
  await resetCheckpointFile(join(folder, 'kinesis-snare.checkpoint.json'), new Date());
  t.is((await reconcile(0)).hours[0]?.delivered, 10);
});

test('a ledger that cannot be read is one sentence for reconcile, and run counts from then on', async (t) => {
  const { folder, logs, write, send, runOnce, reconcile } = await setUp(t);
  const path = join(folder, 'kinesis-snare.checkpoint.json.ledger.json');
  await t.throwsAsync(reconcile(1), { name: 'CommandError', message: /There is no ledger/ });
  await writeFile(path, '{"version":1,');
  await t.throwsAsync(reconcile(1), { name: 'CommandError', message: /The ledger beside .* cannot be read/ });
  t.deepEqual(logs.requests, [], 'the log group is not counted in vain');
  send(write(0, 10));
  await runOnce();
  t.is((await reconcile(0)).missing, 0);
  const aside = (await readdir(folder)).filter((name) => name.includes('.ledger.json.unreadable-'));
  t.is(await readFile(join(folder, aside[0] ?? ''), 'utf8'), '{"version":1,');
  // Only root can give a file to another user.
  if (process.geteuid?.() !== 0) return;
  const checkpoint = join(folder, 'kinesis-snare.checkpoint.json');
  for (const path of [checkpoint, `${checkpoint}.previous`]) await chown(path, 65_534, 65_534);
  await t.throwsAsync(reconcile(1), { message: /^The checkpoint .*; run the program as the user to whom it belongs$/ });
});

test('a log group that two accounts have is refused by its name alone, and compared by its ARN', async (t) => {
  const { folder, write, logs, reconcile } = await setUp(t);
  write(0, 10);
  const owners = ['123456789012', '222222222222'];
  const places = owners.map((owner, index) => {
    const hours = { [range.from.slice(0, 13)]: { ...emptyTally(), events: 10 + index } };
    return { owner, logGroup, subscriptionFilters: ['f'], hours };
  });
  const path = join(folder, 'kinesis-snare.checkpoint.json');
  await writeLedgerFile(path, { epoch: 1, sinceMs: 0, batches: [], counts: parseCounts({ places }) });
  const error = await t.throwsAsync(reconcile(1), { name: 'CommandError' });
  t.regex(error?.message ?? '', new RegExp(`${owners.join(', ')}.*ARN`));
  const arn = `arn:aws:logs:${logs.region}:${owners[0]}:log-group:${logGroup}`;
  t.is((await reconcile(0, { logGroup: arn })).hours[0]?.delivered, 10);
});

test('what is confirmed during the count is not missing', async (t) => {
  const { folder, logs, write, send, runOnce, reconcile } = await setUp(t);
  const path = join(folder, 'kinesis-snare.checkpoint.json');
  send(write(0, 10));
  await runOnce();
  const before = await readFile(path);
  send(write(1, 10));
  await runOnce();
  const after = await readFile(path);
  await writeFile(path, before);
  const filter = logs.operations.get('FilterLogEvents');
  logs.operations.set('FilterLogEvents', (input) => {
    writeFileSync(path, after);
    return filter?.(input) ?? {};
  });
  t.is((await reconcile(0)).hours[0]?.delivered, 20);
});

test('a log group whose log events are ignored lacks nothing', async (t) => {
  const { folder, input, output, reconcile } = await setUp(t);
  const others = { otherLogGroups: 'ignore', logGroups: [logGroup] };
  const manifest = await writeManifest(folder, { input: { ...input, ...others }, output });
  const error = await t.throwsAsync(reconcile(1, { manifest, logGroup: '/other' }));
  t.is(error?.name, 'CommandError');
  t.regex(error?.message ?? '', /"\/other" is not in input\.logGroups/);
  t.is((await t.throwsAsync(reconcile(1, { manifest })))?.message.includes('input.logGroups'), false);
});

test('counts in a checkpoint that cannot be read are named, and not taken for a ledger that is not there', async (t) => {
  const { folder, manifest, write, send, runOnce, reconcile, said } = await setUp(t);
  send(write(0, 10));
  await runOnce();
  const path = join(folder, 'kinesis-snare.checkpoint.json');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ledger: 'torn' }));
  t.is((await reconcile(1)).missing, 10);
  t.true(said.join('').includes(`The counts in "${path}" cannot be read and are left out`));
  await runOnce();
  const later = await runHere('reconcile', ...rangeArgs, '--manifest', manifest);
  t.regex(later.stderr, /The ledger counts from \S+ on/);
  t.regex(later.stdout, /\nTo fetch what is missing, unless it was sent before \S+:\n/);
});

test('times that reconcile cannot compare are wrong usage', async (t) => {
  const { reconcile } = await setUp(t);
  for (const [from, to] of [
    ['15d ago', 'now'],
    ['1h ago', '2h ago'],
    ['yesterday', 'now'],
    ['1h ago', '2100-01-01T00:00:00Z'],
  ] as const)
    t.is((await t.throwsAsync(reconcile(2, { from, to })))?.name, 'UsageError', from);
});
