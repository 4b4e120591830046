/** What `run` tells about itself, and how much of it is printed. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { reportCatchUp, reportTotals } from '../../../plugin/commands/run-totals.js';
import { createStatusLine } from '../../../plugin/commands/status-line.js';
import type { Stats } from '../../../src/report/plugin-stats.js';
import { noOutput } from '../../../src/report/stats.js';
import { makeFolder, runHere, start, writeManifest } from '../../end-to-end/command.js';
import { toRecord } from '../../end-to-end/flow-logs.js';
import { startFakeKinesis } from '../../fakes/fake-kinesis.js';
import { startReceiver } from '../../fakes/receiver.js';

function statsOf(logEvents: number, lagMs: number): Stats {
  const output = { ...noOutput, delivered: { lines: logEvents, bytes: 10 * logEvents } };
  const deadLetters = { 'bad-json': 1, 'field-count': 2 };
  return { records: 7, logEvents, output, deadLetters, shards: { a: { lagMs } } } as never;
}

test('a line of totals has the rate of its interval, what waits and the lag', async (t) => {
  let looks = 0;
  const plugin = { stats: () => statsOf(1000 * ++looks, 90_000) };
  const lines: (readonly unknown[])[] = [];
  const end = reportTotals(plugin, 20, (...line) => lines.push(line));
  while (lines.length < 2) await sleep(5);
  end();
  const [level, message, fields] = lines[1] ?? [];
  t.is(level, 'info');
  t.true(
    String(message).startsWith(
      'Read 7 records with 2,000 log events, delivered 2,000 lines, wrote 3 dead letters; 50,000 lines/s',
    ),
    String(message),
  );
  t.like(fields, { code: 'totals', lines: 2000, perSecond: 50_000, waiting: 0, behindMs: 90_000 });
});

test('an interval of 0 writes no totals', async (t) => {
  let looks = 0;
  reportTotals({ stats: () => statsOf(++looks, 0) }, 0, () => t.fail())();
  await sleep(10);
  t.is(looks, 0);
});

test('a run that ends shows on a terminal how much of its lag is left', async (t) => {
  const shown: string[] = [];
  const statusLine = createStatusLine({ isTTY: true, columns: 100, write: (text) => shown.push(text) });
  const lags = [100_000, 25_000];
  const plugin = { stats: () => statsOf(500, lags.shift() ?? 25_000) };
  const end = reportCatchUp(plugin, { statusLine, logFormat: 'text', diagnostics: { log: () => t.fail() } });
  while (shown.length < 2) await sleep(20);
  end();
  t.regex(shown[0] ?? '', /\[-{20}\] 0 %, 500 log events/);
  t.regex(shown[1] ?? '', /\[#{15}-{5}\] 75 %, 500 log events/);
});

async function setUp(t: ExecutionContext) {
  const kinesis = await startFakeKinesis({ clock: Date });
  const receiver = await startReceiver();
  t.teardown(async () => {
    await kinesis.stop();
    await receiver.close();
  });
  kinesis.createStream('s');
  const { partitionKey, data } = toRecord('k', 0, 5);
  kinesis.put('s', data, partitionKey);
  const folder = await makeFolder(t);
  const input = { stream: 's', endpoint: kinesis.endpoint, region: 'us-east-1', startAt: 'earliest' };
  const output = { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 };
  return { folder, manifest: await writeManifest(folder, { input, output }), receiver };
}

test('run writes totals at the interval of --stats-interval', async (t) => {
  const { folder } = await setUp(t);
  const { child, ended } = start(t, folder, ['run', '--stats-interval', '1s', '--log-format', 'json']);
  for (let text = ''; !text.includes('"code":"totals"'); ) text += String(await once(child.stderr ?? child, 'data'));
  child.kill('SIGTERM');
  t.is((await ended).code, 0);
});

test('--quiet prints errors only, and --log-level what is at least as important', async (t) => {
  const { manifest, receiver } = await setUp(t);
  const quiet = await runHere('run', '--once', '--quiet', '--manifest', manifest);
  t.deepEqual([quiet.code, quiet.stderr, receiver.lines.length], [0, '', 5]);
  const broken = await runHere('run', '--quiet', '--manifest', `${manifest}.none`);
  t.is(broken.code, 78);
  t.regex(broken.stderr, / error /);
  const warned = await runHere('run', '--once', '--log-level', 'warn', '--manifest', manifest);
  t.notRegex(warned.stderr, / info /);
});
