/** What the plugin does when records were lost before it could read them, or when the stream is another one. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import { FlowLogInput, type PluginEvents, PluginFailedError } from '../../../plugin/index.js';
import { loadPlugin } from '../../../plugin/load-plugin.js';
import type { Plugin } from '../../../plugin/plugin.js';
import { makeFolder } from '../../end-to-end/command.js';
import { findMissing, toRecord } from '../../end-to-end/flow-logs.js';
import { startFakeKinesis } from '../../fakes/fake-kinesis.js';
import { startReceiver } from '../../fakes/receiver.js';
import { toFakeInput } from '../../plugin/fake-input.js';

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const stream = 'flow-logs';
const hourMs = 3_600_000;

async function setUp(t: ExecutionContext, settings: object = {}) {
  // AWS' clock; moving it lets AWS drop what it took.
  const clock = { aheadMs: 0, now: () => Date.now() + clock.aheadMs };
  const kinesis = await startFakeKinesis({ clock });
  kinesis.createStream(stream, { shards: 1 });
  const receiver = await startReceiver();
  const folder = await makeFolder(t);
  t.teardown(async () => {
    await receiver.close();
    await kinesis.stop();
  });
  const path = join(folder, 'checkpoint.json');
  const input = {
    ...toFakeInput(kinesis, stream, folder),
    shardSyncMs: 1000,
    ...settings,
  };
  const output = { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 };
  const manifest = { id: 'kinesis-snare', config: { input, output, drainTimeoutMs: 3000 } };
  const put = (from: number, to: number) => kinesis.put(stream, toRecord('k', from, to).data, 'k');
  return { clock, kinesis, receiver, folder, path, manifest, put };
}

interface Started {
  readonly plugin: Plugin;
  readonly losses: PluginEvents['data-loss'][0][];
  readonly failures: string[];
}

async function begin(manifest: object): Promise<Started> {
  const plugin = await loadPlugin(winston.createLogger(), manifest);
  const losses: PluginEvents['data-loss'][0][] = [];
  const failures: string[] = [];
  plugin.on('data-loss', (loss) => losses.push(loss));
  plugin.on('failed', ({ message }) => failures.push(message));
  await plugin.start();
  return { plugin, losses, failures };
}

async function readAll(manifest: object): Promise<Started> {
  const started = await begin(manifest);
  await started.plugin.whenCaughtUp(AbortSignal.timeout(120_000));
  await started.plugin.stop();
  return started;
}

/** As if the last run had ended so long ago. */
async function age(path: string, ms: number): Promise<void> {
  const content = JSON.parse(await readFile(path, 'utf8')) as { shards: Record<string, Record<string, number>> };
  for (const shard of Object.values(content.shards)) {
    for (const key of ['caughtUpMs', 'arrivalMs', 'updatedMs']) {
      if (shard[key] !== undefined) shard[key] -= ms;
    }
  }
  await writeFile(path, JSON.stringify(content));
}

test('a checkpoint older than the retention, where AWS silently jumps, is a data-loss event with its time range', async (t) => {
  const { path, manifest, put, receiver } = await setUp(t);
  put(0, 10);
  t.deepEqual((await readAll(manifest)).losses, []);
  await age(path, 30 * hourMs);
  put(10, 20);
  const { losses, plugin } = await readAll(manifest);
  t.is(losses.length, 1);
  const [{ fromMs = 0, toMs = 0, shardId } = {} as never] = losses;
  t.is(shardId, 'shardId-000000000000');
  t.true(Math.abs(Date.now() - 30 * hourMs - fromMs) < 60_000);
  t.true(Math.abs(Date.now() - 24 * hourMs - toMs) < 60_000);
  t.is(plugin.stats().dataLosses, 1);
  t.deepEqual(findMissing(receiver.lines, 20), []);
});

test('a checkpoint that AWS refuses as too old is a data-loss event, and reading continues at the oldest record', async (t) => {
  const { clock, kinesis, manifest, put, receiver } = await setUp(t);
  kinesis.rules.onTrimmed = 'error';
  put(0, 10);
  await readAll(manifest);
  clock.aheadMs = 30 * hourMs;
  put(10, 20);
  const { losses } = await readAll(manifest);
  t.is(losses.length, 1);
  t.deepEqual(findMissing(receiver.lines, 20), []);
});

test('a shard that was idle at its tip within the retention has lost nothing', async (t) => {
  const { path, manifest, put } = await setUp(t);
  put(0, 10);
  await readAll(manifest);
  await age(path, 20 * hourMs);
  t.deepEqual((await readAll(manifest)).losses, []);
});

test("on a machine whose clock is 30 h ahead nothing is lost, and the age in the stats is by AWS' clock", async (t) => {
  const { clock, manifest, put, receiver } = await setUp(t);
  clock.aheadMs = -30 * hourMs;
  put(0, 10);
  await readAll(manifest);
  put(10, 20);
  const { losses, plugin } = await readAll(manifest);
  t.deepEqual(losses, []);
  t.deepEqual(findMissing(receiver.lines, 20), []);
  const [{ ackedAgeMs, readAgeMs } = {} as never] = Object.values(plugin.stats().shards);
  t.true((ackedAgeMs ?? hourMs) < 120_000 && (readAgeMs ?? hourMs) < 120_000, `${ackedAgeMs}, ${readAgeMs}`);
});

test('onDataLoss: "fail" stops the plugin once the loss is reported', async (t) => {
  const { path, manifest, put } = await setUp(t, { onDataLoss: 'fail' });
  put(0, 10);
  await readAll(manifest);
  await age(path, 30 * hourMs);
  const { losses, failures, plugin } = await begin(manifest);
  while (failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await plugin.stop();
  t.is(losses.length, 1);
});

test('a loop over the input throws when it may not go on', async (t) => {
  const { path, manifest, put } = await setUp(t, { onDataLoss: 'fail' });
  put(0, 10);
  await readAll(manifest);
  await age(path, 30 * hourMs);
  const loop = async () => {
    for await (const { ack } of new FlowLogInput(manifest)) ack();
  };
  await t.throwsAsync(loop(), { instanceOf: PluginFailedError, code: 'failed', message: /onDataLoss/ });
});

test('a stream created again while the program was down is refused with the checkpoint kept', async (t) => {
  const { kinesis, path, manifest, put } = await setUp(t);
  put(0, 10);
  await readAll(manifest);
  const before = await readFile(path, 'utf8');
  kinesis.deleteStream(stream);
  await new Promise((resolve) => setTimeout(resolve, 5));
  kinesis.createStream(stream, { shards: 1 });
  await t.throwsAsync(begin(manifest), { name: 'CheckpointError' });
  t.is(await readFile(path, 'utf8'), before);
});

test('onStreamRecreated: "reset" replaces the checkpoint and reads from the start, at the start and in mid-run', async (t) => {
  const { kinesis, folder, manifest, put, receiver } = await setUp(t, { onStreamRecreated: 'reset' });
  put(0, 10);
  await readAll(manifest);
  const recreate = async () => {
    kinesis.deleteStream(stream);
    await new Promise((resolve) => setTimeout(resolve, 5));
    kinesis.createStream(stream, { shards: 1 });
  };
  await recreate();
  put(10, 20);
  const { plugin } = await begin(manifest);
  await receiver.whenLines(20);
  await recreate();
  put(20, 30);
  await receiver.whenLines(30);
  await plugin.whenCaughtUp(AbortSignal.timeout(120_000));
  t.true(await plugin.stop());
  t.deepEqual(findMissing(receiver.lines, 30), []);
  const aside = (await readdir(folder)).filter((name) => name.startsWith('checkpoint.json.reset-'));
  t.is(aside.length, 2);
});

test('a stream created again in mid-run stops the plugin loudly, with the checkpoint kept', async (t) => {
  const { kinesis, path, manifest, put, receiver } = await setUp(t);
  put(0, 10);
  const { plugin, failures } = await begin(manifest);
  await receiver.whenLines(10);
  await plugin.whenCaughtUp(AbortSignal.timeout(120_000));
  kinesis.deleteStream(stream);
  await new Promise((resolve) => setTimeout(resolve, 5));
  kinesis.createStream(stream, { shards: 1 });
  put(10, 20);
  while (failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await plugin.stop();
  t.is(receiver.lines.length, 10);
  t.regex(await readFile(path, 'utf8'), /"after"/);
});
