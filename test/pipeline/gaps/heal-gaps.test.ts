/** Gaps in a stream that the plugin heals from CloudWatch Logs, with both services over HTTP and a real TCP receiver. */
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import { ConfigurationError, type PluginEvents } from '../../../plugin/index.js';
import { loadPlugin } from '../../../plugin/load-plugin.js';
import type { Plugin } from '../../../plugin/plugin.js';
import { readWholeLedger } from '../../../src/pipeline/read-whole-ledger.js';
import { makeFolder, runHere, start, writeManifest } from '../../end-to-end/command.js';
import { findMissing, readLines, toMessages, toSubscriptionRecord } from '../../end-to-end/flow-logs.js';
import { startFakeCloudWatchLogs } from '../../fakes/fake-cloudwatch-logs.js';
import { startFakeKinesis } from '../../fakes/fake-kinesis.js';
import { startReceiver } from '../../fakes/receiver.js';
import { toFakeInput } from '../../plugin/fake-input.js';

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const stream = 'flow-logs';
const logGroup = '/aws/vpc/flow-logs';
const shardId = 'shardId-000000000000';
const hourMs = 3_600_000;

async function setUp(t: ExecutionContext, { shards = 1, settings = {} }: { shards?: number; settings?: object } = {}) {
  // AWS' clock; moving it lets AWS drop what it took.
  const clock = { aheadMs: 0, now: () => Date.now() + clock.aheadMs };
  const kinesis = await startFakeKinesis({ clock });
  kinesis.createStream(stream, { shards });
  const logs = await startFakeCloudWatchLogs({ clock });
  logs.createLogGroup(logGroup);
  const receiver = await startReceiver();
  const folder = await makeFolder(t);
  t.teardown(async () => {
    await receiver.close();
    await kinesis.stop();
    await logs.stop();
  });
  const input = {
    ...toFakeInput(kinesis, stream, folder),
    logGroups: [logGroup],
    logsEndpoint: logs.endpoint,
    healGaps: true,
    checkpointIntervalMs: 0,
    ...settings,
  };
  const output = { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 };
  const config = { input, output, drainTimeoutMs: 3000 };
  /** Flow logs that began two minutes ago, as CloudWatch Logs takes them and its subscription puts them into each shard. */
  const put = (from: number, to: number) => {
    const { shards } = kinesis.stream(stream);
    for (const [index, { shardId }] of shards.entries()) {
      const messages = toMessages(`k${index}`, from, to, clock.now() - 120_000);
      const logStream = `eni-k${index}-all`;
      const events = logs.put(logGroup, logStream, messages);
      kinesis.putTo(stream, shardId, toSubscriptionRecord(logGroup, logStream, events));
    }
  };
  const path = join(folder, 'checkpoint.json');
  const gaps = async () => JSON.parse(await readFile(`${path}.gaps.json`, 'utf8')).gaps as { isHealed: boolean }[];
  return { clock, kinesis, logs, receiver, folder, path, gaps, config, put, manifest: { id: 'kinesis-snare', config } };
}

type SetUp = Awaited<ReturnType<typeof setUp>>;

async function begin(manifest: object) {
  const plugin = await loadPlugin(winston.createLogger(), manifest);
  const losses: PluginEvents['data-loss'][0][] = [];
  const healed: PluginEvents['gap-healed'][0][] = [];
  plugin.on('data-loss', (loss) => losses.push(loss));
  plugin.on('gap-healed', (gap) => healed.push(gap));
  const faults: string[] = [];
  plugin.on('fault', ({ message }) => faults.push(message));
  await plugin.start();
  return { plugin, losses, healed, faults };
}

async function readAll(manifest: object) {
  const started = await begin(manifest);
  await started.plugin.whenCaughtUp(AbortSignal.timeout(15_000));
  await started.plugin.stop();
  return started;
}

/**
 * Reads the flow logs 0 to 10, then is down for 30 hours: 10 to 20 come after one of them and are trimmed at the end, 20 to
 * 30 are still there.
 */
async function makeGap({ clock, manifest, path, put }: SetUp): Promise<void> {
  clock.aheadMs = -30 * hourMs;
  put(0, 10);
  await readAll(manifest);
  await setCheckpointTimes(path, clock.now());
  clock.aheadMs = -29 * hourMs;
  put(10, 20);
  clock.aheadMs = 0;
  put(20, 30);
}

/** The program's own clock does not move with that of the fakes. */
async function setCheckpointTimes(path: string, ms: number): Promise<void> {
  const content = JSON.parse(await readFile(path, 'utf8')) as { shards: Record<string, Record<string, number>> };
  for (const shard of Object.values(content.shards)) {
    for (const key of ['caughtUpMs', 'arrivalMs', 'updatedMs']) if (shard[key] !== undefined) shard[key] = ms;
  }
  await writeFile(path, JSON.stringify(content));
}

const countOf = (lines: readonly string[], key: string) => readLines(lines).filter((line) => line.key === key).length;
/** Those of a key that came more than once. */
function findTwice(lines: readonly string[], key: string): number[] {
  const numbers = readLines(lines).flatMap((line) => (line.key === key ? line.number : []));
  return [...new Set(numbers.filter((number, index) => numbers.indexOf(number) !== index))];
}

test('records that were trimmed while the program was down are fetched by themselves, of all shards at once', async (t) => {
  const setup = await setUp(t, { shards: 2 });
  const { logs, manifest, receiver, gaps } = setup;
  Object.assign(logs.rules, { eventsPerPage: 7, emptyShare: 0.2, repeatShare: 0.3 });
  await makeGap(setup);
  const { plugin, losses, healed } = await readAll(manifest);
  t.is(losses.length, 2);
  t.deepEqual(healed.flatMap(({ shardIds }) => shardIds).sort(), losses.map(({ shardId }) => shardId).sort());
  for (const key of ['k0', 'k1']) {
    const ofKey = receiver.lines.filter((line) => line.includes(`eni-${key}`));
    t.deepEqual(findMissing(ofKey, 30), []);
    // What went out in an earlier run, within half an hour before the gap, is not known any more.
    t.true(findTwice(receiver.lines, key).every((number) => number < 10));
    t.true(countOf(receiver.lines, key) <= 40);
  }
  t.like(plugin.stats(), { dataLosses: 2, gapsHealed: 1 });
  t.deepEqual(
    (await gaps()).map(({ isHealed }) => isHealed),
    [true],
  );
});

for (const delivery of ['logger', 'direct'])
  test(`a gap in mid-run is healed while the stream continues, and nothing is sent twice: ${delivery}`, async (t) => {
    const setup = await setUp(t);
    const { clock, kinesis, logs, config, receiver, put, path } = setup;
    const manifest = { id: 'kinesis-snare', config: { ...config, delivery } };
    kinesis.rules.onTrimmed = 'error';
    put(0, 10);
    const { plugin, losses, healed } = await begin(manifest);
    await receiver.whenLines(10);
    kinesis.fail({
      operation: 'GetRecords',
      times: Number.POSITIVE_INFINITY,
      error: { code: 'ExpiredIteratorException' },
    });
    put(10, 20);
    // The events keep their times; only Kinesis is a day on.
    const events = logs.groups.get(logGroup)?.events.length;
    t.is(events, 20);
    clock.aheadMs = 30 * hourMs;
    const logStream = 'eni-k0-all';
    const late = logs.put(logGroup, logStream, toMessages('k0', 20, 30, Date.now() - 120_000), Date.now());
    kinesis.put(stream, toSubscriptionRecord(logGroup, logStream, late), 'k');
    kinesis.mend();
    await receiver.whenLines(30);
    while (healed.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await plugin.whenCaughtUp(AbortSignal.timeout(10_000));
    t.true(await plugin.stop());
    t.is(losses.length, 1);
    t.deepEqual(findMissing(receiver.lines, 30), []);
    t.deepEqual(findTwice(receiver.lines, 'k0'), []);
    // 0 to 10 had gone out before; 20 to 30 came from both.
    t.is(plugin.stats().repeats, 20);
    t.is(healed[0]?.logEvents, 30);
    // So the ledger has each event once: from the stream, or from the log group.
    const { counts } = await readWholeLedger(path, path);
    const countOf = (filter: string) =>
      Array.from(counts.places.values(), ({ place, hours }) =>
        place.subscriptionFilters.join() === filter
          ? [...hours.values()].reduce((sum, { events }) => sum + events, 0)
          : 0,
      ).reduce((sum, events) => sum + events, 0);
    // 0 to 10 came only from the stream and 10 to 20 only from the log group; of 20 to 30, the first that came counts.
    const [fromStream, fromGroup] = [countOf('to-snare'), countOf('')];
    t.is(fromStream + fromGroup, 30);
    t.true(fromStream >= 10 && fromGroup >= 10, `${fromStream} from the stream, ${fromGroup} from the log group`);
  });

test('what the stream still has is not fetched: CloudWatch Logs took it after the gap', async (t) => {
  const setup = await setUp(t);
  const { clock, logs, manifest, put } = setup;
  await makeGap(setup);
  // A flow that began within the gap, and was written hours after it.
  const [late] = toMessages('k0', 30, 31, clock.now() - 25 * hourMs);
  if (late) logs.put(logGroup, 'eni-k0-all', [late], clock.now() - hourMs);
  put(31, 32);
  const { healed } = await readAll(manifest);
  t.is(healed[0]?.logEvents, 20);
});

test('a program that is killed while it heals, before it had a reply, heals after its restart', async (t) => {
  const setup = await setUp(t);
  const { logs, folder, config, receiver, gaps, path } = setup;
  await makeGap(setup);
  const readPosition = async () => JSON.stringify(JSON.parse(await readFile(path, 'utf8')).shards[shardId].position);
  const before = await readPosition();
  const manifest = await writeManifest(folder, config);
  logs.fail({ operation: 'FilterLogEvents', error: 'hang' });
  const { child, ended } = start(t, folder, ['run', '--manifest', manifest]);
  // The stream itself goes on; its checkpoint may pass the gap only once that is on disk.
  while ((await readPosition()) === before) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill('SIGKILL');
  await ended;
  t.deepEqual(
    (await gaps()).map(({ isHealed }) => isHealed),
    [false],
  );
  const { code, stderr } = await runHere('run', '--once', '--manifest', manifest);
  t.is(code, 0, stderr);
  t.deepEqual(findMissing(receiver.lines, 30), []);
  t.deepEqual(
    (await gaps()).filter(({ isHealed }) => !isHealed),
    [],
  );
});

test('a checkpoint waits for a gap that cannot be written, and then both go on', async (t) => {
  const setup = await setUp(t);
  const { manifest, path, receiver } = setup;
  await makeGap(setup);
  const before = await readFile(path, 'utf8');
  // In the way of the draft that becomes the file.
  await mkdir(`${path}.gaps.json.new`);
  const { plugin, healed } = await begin(manifest);
  t.teardown(() => plugin.stop());
  const attempts = () => plugin.stats().faults['not-written'] ?? 0;
  await receiver.whenLines(30);
  while (plugin.stats().acknowledged === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  // Until the next attempt there is time enough for a checkpoint.
  const failed = attempts();
  while (attempts() === failed) await new Promise((resolve) => setTimeout(resolve, 20));
  t.is(await readFile(path, 'utf8'), before);
  await rmdir(`${path}.gaps.json.new`);
  await plugin.whenCaughtUp(AbortSignal.timeout(15_000));
  t.true(await plugin.stop());
  t.is(healed.length, 1);
  t.not(await readFile(path, 'utf8'), before);
});

test('a missing permission is a fault that says what to allow; the stream continues, and the next run heals', async (t) => {
  const setup = await setUp(t);
  const { logs, manifest, receiver, gaps } = setup;
  await makeGap(setup);
  const error = { code: 'AccessDeniedException', message: 'no' };
  logs.fail({ operation: 'FilterLogEvents', times: Number.POSITIVE_INFINITY, error });
  const allow = /logs:FilterLogEvents on log group "\/aws\/vpc\/flow-logs".*allow logs:FilterLogEvents on it/;
  const { plugin, faults } = await begin(manifest);
  await plugin.whenCaughtUp(AbortSignal.timeout(10_000));
  while (!faults.some((message) => allow.test(message))) await delay(20);
  await plugin.stop();
  t.true(findMissing(receiver.lines, 30).length === 10);
  t.false((await gaps()).every(({ isHealed }) => isHealed));
  logs.mend();
  const { healed } = await readAll(manifest);
  t.is(healed.length, 1);
  t.deepEqual(findMissing(receiver.lines, 30), []);
});

test('without healGaps the event names the command that fetches what was lost', async (t) => {
  const setup = await setUp(t, { settings: { healGaps: false } });
  const { folder, config, manifest, receiver } = setup;
  await makeGap(setup);
  const { losses } = await readAll(manifest);
  t.is(findMissing(receiver.lines, 30).length, 10);
  const [, args = ''] =
    /kinesis-snare (backfill --log-group \S+ --from \S+ --to \S+)/.exec(losses[0]?.message ?? '') ?? [];
  const { code, stderr } = await runHere(...args.split(' '), '--manifest', await writeManifest(folder, config));
  t.is(code, 0, stderr);
  t.deepEqual(findMissing(receiver.lines, 30), []);
});

test('healGaps without logGroups is a fault of the configuration that names both', async (t) => {
  const { manifest } = await setUp(t, { settings: { logGroups: [] } });
  const error = await t.throwsAsync(loadPlugin(winston.createLogger(), manifest), { instanceOf: ConfigurationError });
  t.regex(error?.message ?? '', /input\.logGroups.*input\.healGaps/);
});

test('a file of gaps that cannot be read is refused at the start, and the checkpoint is free again', async (t) => {
  const { manifest, path } = await setUp(t);
  await writeFile(`${path}.gaps.json`, '{"version":1,"gaps":[{');
  await t.throwsAsync(readAll(manifest), { name: 'CheckpointError', message: /gaps.json" cannot be read/ });
  await writeFile(`${path}.gaps.json`, '{"version":1,"gaps":[]}');
  const { plugin }: { plugin: Plugin } = await readAll(manifest);
  t.is(plugin.stats().gapsHealed, 0);
});
