import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import {
  FlowLogInput,
  type Plugin,
  PluginStartError,
  register,
  SnareTransport,
  snareFormat,
} from '../../plugin/index.js';
import type { Plugin as RunningPlugin } from '../../plugin/plugin.js';
import { nobody, toInfo } from '../../plugin/winston/flow-log-info.js';
import type { SnareTransport as RunningTransport } from '../../plugin/winston/snare-transport.js';
import { systemClock } from '../../src/clock.js';
import { StartError } from '../../src/errors.js';
import { makeFolder } from '../end-to-end/command.js';
import { findMissing, readLines, toRecord } from '../end-to-end/flow-logs.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startReceiver } from '../fakes/receiver.js';
import { toPayload } from '../fixtures/payloads.js';
import { toFakeInput } from './fake-input.js';

// The fake takes any; without them the SDK would look for real ones.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const stream = 'flow-logs';
const MESSAGE = Symbol.for('message');

async function setUp(t: ExecutionContext) {
  const kinesis = await startFakeKinesis({ clock: systemClock });
  kinesis.createStream(stream, { shards: 2 });
  const receiver = await startReceiver();
  const folder = await makeFolder(t);
  t.teardown(async () => {
    await receiver.close();
    await kinesis.stop();
  });
  const input = {
    ...toFakeInput(kinesis, stream, folder),
  };
  const output = { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 };
  const deadLetter = { path: join(folder, 'dead-letter.ndjson') };
  return { kinesis, receiver, folder, config: { input, output, deadLetter, drainTimeoutMs: 20_000 } };
}

function putFlowLogs(kinesis: FakeKinesis, count: number): void {
  for (let from = 0; from < count; from += 10) {
    const { partitionKey, data } = toRecord(`k${from}`, from, from + 10);
    kinesis.put(stream, data, partitionKey);
  }
}

function toManifest(config: object): object {
  return { id: 'kinesis-snare', config };
}

async function caughtUp(plugin: Plugin): Promise<void> {
  await (plugin as RunningPlugin).whenCaughtUp(AbortSignal.timeout(120_000));
}

test('register: flow logs and host logs arrive, the checkpoint is written, and stop takes the transport off', async (t) => {
  const { kinesis, receiver, folder, config } = await setUp(t);
  putFlowLogs(kinesis, 100);
  const logger = winston.createLogger();
  const plugin = await register(logger, toManifest(config));
  t.is(logger.transports.length, 1);
  logger.info('before the start');
  t.is(receiver.connections.length, 0);
  t.is(kinesis.requests.length, 0);
  await plugin.start();
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.is(logger.transports.length, 0);
  const flows = receiver.lines.filter((line) => line.includes('\tAWSVPCFlowLog\t'));
  t.deepEqual(findMissing(flows, 100), []);
  t.is(flows.length, 100);
  t.true(receiver.lines.some((line) => line.includes('before the start')));
  t.regex(await readFile(join(folder, 'checkpoint.json'), 'utf8'), /"after"/);
});

test('a child of a logger stands for that logger, also where a SnareTransport was added through it', async (t) => {
  const { kinesis, receiver, config } = await setUp(t);
  putFlowLogs(kinesis, 100);
  const { output, ...inputOnly } = config;
  const child = winston.createLogger().child({ service: 'host' });
  child.add(new SnareTransport(output as never));
  const plugin = await register(child, toManifest(inputOnly));
  await plugin.start();
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.deepEqual(findMissing(receiver.lines, 100), []);
  child.clear();
});

test('the infos of flow logs have the level, the original line and the row, for any transport', async (t) => {
  const { kinesis, config } = await setUp(t);
  putFlowLogs(kinesis, 10);
  const seen: winston.Logform.TransformableInfo[] = [];
  const other = new winston.transports.Stream({ stream: process.stdout, silent: true });
  other._write = (info: winston.Logform.TransformableInfo, _encoding: unknown, callback: () => void) => {
    seen.push(info);
    callback();
  };
  const plugin = await register(winston.createLogger({ transports: [other] }), toManifest(config));
  await plugin.start();
  await caughtUp(plugin);
  await plugin.stop();
  t.is(seen.length, 10);
  for (const info of seen) {
    t.is(info.level, 'info');
    t.regex(String(info.message), /^2 123456789012 eni-k0 /);
    t.is((info.snare as { TABLE: string }).TABLE, 'AWSVPCFlowLog');
  }
});

test('start refuses a logger on which nobody acknowledges, or whose levels filter everything', async (t) => {
  const { config } = await setUp(t);
  const { output: _, ...inputOnly } = config;
  const refused = async (logger: winston.Logger, settings: object) => {
    const plugin = await register(logger, toManifest(settings));
    await t.throwsAsync(plugin.start(), { instanceOf: PluginStartError });
    await plugin.stop();
  };
  await refused(winston.createLogger({ transports: [new winston.transports.Console()] }), inputOnly);
  await refused(winston.createLogger({ level: 'error' }), config);
  await refused(winston.createLogger({ silent: true }), config);
  await refused(winston.createLogger({ levels: { high: 0, low: 1 }, level: 'low' }), config);
});

test('acknowledge: "handed-over" does without a SnareTransport', async (t) => {
  const { kinesis, config } = await setUp(t);
  putFlowLogs(kinesis, 20);
  const { output: _, ...inputOnly } = config;
  const quiet = new winston.transports.Stream({ stream: process.stdout, silent: true });
  const logger = winston.createLogger({ transports: [quiet] });
  const plugin = await register(logger, toManifest({ ...inputOnly, acknowledge: 'handed-over' }));
  await plugin.start();
  await caughtUp(plugin);
  t.is(plugin.stats().acknowledged, 2);
  t.true(await plugin.stop());
});

test('delivery: "direct" goes past the logger and its formats', async (t) => {
  const { kinesis, receiver, config } = await setUp(t);
  putFlowLogs(kinesis, 50);
  const format = winston.format(() => false)();
  const plugin = await register(winston.createLogger({ format }), toManifest({ ...config, delivery: 'direct' }));
  await plugin.start();
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.deepEqual(findMissing(receiver.lines, 50), []);
  t.is(plugin.stats().filtered, 0);
});

test('what a format drops is filtered, acknowledged, counted and told', async (t) => {
  const { kinesis, receiver, config } = await setUp(t);
  putFlowLogs(kinesis, 50);
  const plugin = await register(winston.createLogger({ format: winston.format(() => false)() }), toManifest(config));
  let told = 0;
  plugin.on('filtered', ({ lines }) => {
    told += lines;
  });
  await plugin.start();
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.is(plugin.stats().filtered, 50);
  t.is(told, 50);
  t.deepEqual(receiver.lines, []);
});

test('a format that drops all that comes is advised of, once', async (t) => {
  const { kinesis, receiver, config } = await setUp(t);
  putFlowLogs(kinesis, 250);
  const rebuilt = winston.format(({ level, message }) => ({ level, message }) as never)();
  const plugin = await register(winston.createLogger({ format: rebuilt }), toManifest(config));
  const advice: string[] = [];
  plugin.on('advice', ({ message }) => advice.push(message));
  await plugin.start();
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.is(plugin.stats().filtered, 250);
  t.is(advice.filter((message) => /symbols/.test(message)).length, 1);
  t.deepEqual(receiver.lines, []);
});

test('a SnareTransport of the host confirms too: both have to', async (t) => {
  const { kinesis, receiver, config } = await setUp(t);
  putFlowLogs(kinesis, 10);
  const second = await startReceiver({ type: 'never-closes' });
  t.teardown(() => second.close());
  const transport = new SnareTransport({ type: 'tcp', host: second.host, port: second.port, rotateMs: 100 });
  const logger = winston.createLogger({ transports: [transport] });
  const plugin = await register(logger, toManifest({ ...config, drainTimeoutMs: 1000 }));
  await plugin.start();
  await receiver.whenLines(10);
  t.is(plugin.stats().acknowledged, 0);
  t.false(await plugin.stop());
  await (transport as RunningTransport).drain(0);
});

test('stats and events tell what came: tables, actions, log status, unparsed, dead letters, shards', async (t) => {
  const { kinesis, config } = await setUp(t);
  const lines = [
    '2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 40 1700000000 1700000060 ACCEPT OK',
    '2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 40 1700000000 1700000060 REJECT OK',
    '2 1 eni-1 - - - - - - - 1700000000 1700000060 - NODATA',
    '2 1 eni-1 - - - - - - - 1700000000 1700000060 - SKIPDATA',
    'no flow log',
  ];
  kinesis.put(stream, JSON.stringify(toPayload(lines)), 'a');
  kinesis.put(stream, JSON.stringify({ messageType: 'CONTROL_MESSAGE', logEvents: [] }), 'a');
  kinesis.put(stream, 'garbage', 'a');
  const told: string[] = [];
  const plugin = await register(winston.createLogger(), toManifest(config));
  for (const name of ['shard-started', 'skip-data', 'unparsed', 'dead-letter'] as const)
    plugin.on(name, () => told.push(name));
  await plugin.start();
  await caughtUp(plugin);
  const stats = plugin.stats();
  t.like(stats, {
    records: 3,
    acknowledged: 3,
    logEvents: 5,
    controlMessages: 1,
    rows: { AWSVPCFlowLog: { ACCEPT: 1, REJECT: 1, '-': 2 }, AWSGenericLog: { '-': 1 } },
    logStatus: { OK: 2, NODATA: 1, SKIPDATA: 1 },
    unparsed: { 'field-count': 1 },
    deadLetters: { 'bad-json': 1 },
    output: { delivered: { lines: 5 }, buffered: { lines: 0, bytes: 0 } },
  });
  const shards = Object.values(stats.shards);
  t.is(shards.length, 2);
  for (const { state, millisBehindLatest } of shards) t.deepEqual([state, millisBehindLatest], ['reading', 0]);
  t.is(shards.filter(({ ackedAgeMs }) => ackedAgeMs !== undefined && ackedAgeMs >= 0).length, 1);
  t.deepEqual(told.toSorted(), ['dead-letter', 'shard-started', 'shard-started', 'skip-data', 'unparsed']);
  await plugin.stop();
});

test('stop is idempotent, ends in time during an outage, and what it could not confirm is sent again', async (t) => {
  const { kinesis, receiver, config } = await setUp(t);
  putFlowLogs(kinesis, 30);
  receiver.behave({ type: 'stalls' });
  const first = await register(winston.createLogger(), toManifest({ ...config, drainTimeoutMs: 500 }));
  await first.start();
  while (first.stats().output.buffered.lines === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const stopping = first.stop();
  t.is(first.stop(), stopping);
  t.false(await stopping);
  receiver.behave({ type: 'normal' });
  const second = await register(winston.createLogger(), toManifest(config));
  await second.start();
  await caughtUp(second);
  t.true(await second.stop());
  t.deepEqual(findMissing(receiver.lines, 30), []);
});

test('back-pressure: a receiver that does not read stops the reading, and nothing is dropped', async (t) => {
  const { kinesis, receiver, config } = await setUp(t);
  putFlowLogs(kinesis, 2000);
  receiver.behave({ type: 'stalls' });
  const output = { ...config.output, maxBufferedRecords: 100 };
  const plugin = await register(winston.createLogger(), toManifest({ ...config, output }));
  await plugin.start();
  while (plugin.stats().output.buffered.lines < 100) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 500));
  // One line over the limit at the most for each shard that hands out.
  t.true(plugin.stats().output.buffered.lines <= 102);
  receiver.behave({ type: 'normal' });
  await receiver.kill();
  await receiver.restart();
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.deepEqual(findMissing(receiver.lines, 2000), []);
});

for (const isBusy of [true, false]) {
  test(`a logger that ends ends the plugin, which says so, and nothing is lost: ${isBusy ? 'in a burst' : 'idle'}`, async (t) => {
    const { kinesis, receiver, config: quick } = await setUp(t);
    // Longer than this test may take: nothing is waited for that cannot come any more.
    const config = { ...quick, drainTimeoutMs: 600_000 };
    putFlowLogs(kinesis, 3000);
    const logger = winston.createLogger();
    // Holds the logger up, so that its end comes while it is full.
    const slow = new winston.transports.Stream({ stream: process.stdout, silent: true });
    slow._write = (_info: unknown, _encoding: unknown, callback: () => void) =>
      void setTimeout(callback, isBusy ? 1 : 0);
    Object.defineProperty(slow, '_writev', { value: null });
    if (isBusy) logger.add(slow);
    const plugin = await register(logger, toManifest(config));
    const closed = new Promise<{ isFault: boolean }>((resolve) => plugin.on('output-closed', resolve));
    await plugin.start();
    if (isBusy) await receiver.whenLines(100);
    else await caughtUp(plugin);
    logger.end();
    t.false((await closed).isFault);
    t.is(await plugin.stop(), !isBusy);
    const again = await register(winston.createLogger(), toManifest(config));
    await again.start();
    await caughtUp(again);
    t.true(await again.stop());
    t.deepEqual(findMissing(receiver.lines, 3000), []);
  });
}

test('a fault at the start that waiting does not mend rejects, and lets everything go', async (t) => {
  const { config } = await setUp(t);
  const logger = winston.createLogger();
  const plugin = await register(logger, toManifest({ ...config, input: { ...config.input, stream: 'nowhere' } }));
  await t.throwsAsync(plugin.start(), { instanceOf: StartError });
  t.is(logger.transports.length, 0);
});

test('two plugins on two loggers read two streams into one receiver', async (t) => {
  const { kinesis, receiver, folder, config } = await setUp(t);
  kinesis.createStream('other', { shards: 1 });
  putFlowLogs(kinesis, 20);
  kinesis.put('other', toRecord('x', 20, 40).data, 'x');
  const checkpoint = { type: 'file', path: join(folder, 'other.json') };
  const other = { ...config, input: { ...config.input, stream: 'other', checkpoint } };
  const plugins = await Promise.all([config, other].map((one) => register(winston.createLogger(), toManifest(one))));
  await Promise.all(plugins.map((plugin) => plugin.start()));
  await Promise.all(plugins.map(caughtUp));
  for (const plugin of plugins) t.true(await plugin.stop());
  t.deepEqual(findMissing(receiver.lines, 40), []);
});

test('a level that blocks at run time pauses the reading with a fault, and lifts it without a loss', async (t) => {
  const { kinesis, receiver, config } = await setUp(t);
  const logger = winston.createLogger();
  const plugin = await register(logger, toManifest(config));
  const told: string[] = [];
  plugin.on('recovered', ({ stage }) => told.push(stage));
  const blocked = new Promise<string>((resolve) => plugin.on('fault', ({ message }) => resolve(message)));
  await plugin.start();
  logger.level = 'error';
  putFlowLogs(kinesis, 100);
  t.regex(await blocked, /level of the logger is "error"/);
  const { acknowledged, filtered, faults } = plugin.stats();
  t.deepEqual([acknowledged, filtered, Object.keys(faults)], [0, 0, ['level-blocks']]);
  logger.level = 'info';
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.deepEqual(findMissing(receiver.lines, 100), []);
  t.deepEqual(told, ['host']);
});

/** Two plugins that read two streams of 20 flow logs each, and what they advise. */
async function registerTwo(t: ExecutionContext, logger: winston.Logger, toSecond: (output: object) => object) {
  const { kinesis, receiver, folder, config } = await setUp(t);
  kinesis.createStream('other', { shards: 1 });
  putFlowLogs(kinesis, 20);
  kinesis.put('other', toRecord('x', 20, 40).data, 'x');
  const checkpoint = { type: 'file', path: join(folder, 'other.json') };
  const other = {
    ...config,
    input: { ...config.input, stream: 'other', checkpoint },
    output: toSecond(config.output),
  };
  const plugins = [await register(logger, toManifest(config)), await register(logger, toManifest(other))] as const;
  const advices: string[] = [];
  for (const plugin of plugins) plugin.on('advice', ({ message }) => advices.push(message));
  return { receiver, plugins, advices, config };
}

test('two plugins on one logger: each sends its own flow logs, and a transport of the host gets those of both', async (t) => {
  const second = await startReceiver();
  const all = await startReceiver();
  t.teardown(async () => {
    await second.close();
    await all.close();
  });
  const { port } = all;
  const quick = { rotateMs: 100, confirmHoldMs: 50 };
  const ofHost = new SnareTransport({ type: 'tcp', host: all.host, port, ...quick });
  const logger = winston.createLogger({ transports: [ofHost] });
  const { receiver, plugins, advices } = await registerTwo(t, logger, (output) => ({ ...output, port: second.port }));
  await Promise.all(plugins.map((plugin) => plugin.start()));
  logger.info('of the host');
  await Promise.all(plugins.map(caughtUp));
  // Those of its own transport and of the host's, and not those of the other plugin.
  t.deepEqual(
    plugins.map((plugin) => plugin.stats().output.delivered.lines >= 20 + 40),
    [true, true],
  );
  t.true(plugins.every((plugin) => plugin.stats().output.delivered.lines <= 20 + 40 + 2));
  for (const plugin of plugins) t.true(await plugin.stop());
  await (ofHost as RunningTransport).drain(5000);
  const flowsOf = ({ lines }: { readonly lines: readonly string[] }) =>
    readLines(lines.filter((line) => line.includes('\tAWSVPCFlowLog\t')))
      .map(({ number }) => number)
      .sort((left, right) => left - right);
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
  t.deepEqual(flowsOf(receiver), range(0, 20));
  t.deepEqual(flowsOf(second), range(20, 40));
  t.deepEqual(flowsOf(all), range(0, 40));
  for (const { lines } of [receiver, second, all]) {
    t.is(lines.filter((line) => line.includes('of the host')).length, 1);
  }
  t.deepEqual(advices, []);
});

test('two plugins on one logger that send the logs of the host to one receiver advise to turn one off', async (t) => {
  const twice = await registerTwo(t, winston.createLogger(), (output) => output);
  await Promise.all(twice.plugins.map((plugin) => plugin.start()));
  t.true(twice.advices.length > 0);
  for (const advice of twice.advices) t.regex(advice, /output\.hostLogs/);
  for (const plugin of twice.plugins) await plugin.stop();
  const once = await registerTwo(t, winston.createLogger(), (output) => ({ ...output, hostLogs: false }));
  await Promise.all(once.plugins.map((plugin) => plugin.start()));
  t.deepEqual(once.advices, []);
  for (const plugin of once.plugins) await plugin.stop();
});

test('a plugin without a transport of its own is refused on a logger that has only that of another plugin', async (t) => {
  const { config } = await setUp(t);
  const { output: _, ...inputOnly } = config;
  const logger = winston.createLogger();
  const other = await register(logger, toManifest(config));
  const plugin = await register(logger, toManifest(inputOnly));
  await t.throwsAsync(plugin.start(), { instanceOf: PluginStartError, message: /another register/ });
  await other.stop();
});

test('FlowLogInput: rows with their acks; a record that fails is set aside; leaving the loop stops', async (t) => {
  const { kinesis, folder, config } = await setUp(t);
  putFlowLogs(kinesis, 20);
  const input = new FlowLogInput(toManifest({ input: config.input, deadLetter: config.deadLetter }));
  const addresses: unknown[] = [];
  let records = 0;
  for await (const { rows, ack, fail } of input) {
    addresses.push(...rows.map((row) => row.SRCADDR));
    if (++records === 1) ack();
    else {
      await fail('not wanted');
      break;
    }
  }
  t.deepEqual(
    addresses,
    Array.from({ length: 20 }, () => '10.0.0.1'),
  );
  const letter = JSON.parse(await readFile(join(folder, 'dead-letter.ndjson'), 'utf8')) as { reason: string };
  t.is(letter.reason, 'not wanted');
  // Both are done with, so another loop begins behind them.
  putFlowLogs(kinesis, 10);
  for await (const { rows, ack } of new FlowLogInput(toManifest({ input: config.input }))) {
    t.is(rows.length, 10);
    ack();
    break;
  }
});

test('FlowLogInput: stop ends a loop that waits; a record without ack comes again', async (t) => {
  const { kinesis, config } = await setUp(t);
  putFlowLogs(kinesis, 10);
  const manifest = toManifest({ input: config.input });
  for (let attempt = 0; attempt < 2; attempt++) {
    const input = new FlowLogInput(manifest);
    let seen = 0;
    for await (const { rows } of input) {
      seen += rows.length;
      setTimeout(() => input.stop(), 300);
    }
    t.is(seen, 10);
  }
});

test('FlowLogInput: await using leaves the loop, so that another one begins behind what it acknowledged', async (t) => {
  const { kinesis, config } = await setUp(t);
  const manifest = toManifest({ input: config.input });
  const readOne = async () => {
    await using input = new FlowLogInput(manifest);
    const { value } = await input[Symbol.asyncIterator]().next();
    value?.ack();
    return value?.rows.length;
  };
  putFlowLogs(kinesis, 10);
  t.is(await readOne(), 10);
  kinesis.put(stream, toRecord('later', 10, 15).data, 'later');
  t.is(await readOne(), 5);
});

test('FlowLogInput: a listener that was taken off is not called', async (t) => {
  const { kinesis, config } = await setUp(t);
  putFlowLogs(kinesis, 10);
  const input = new FlowLogInput(toManifest({ input: config.input }));
  let calls = 0;
  const count = () => {
    calls++;
  };
  t.is(input.on('shard-started', count).off('shard-started', count), input);
  for await (const { ack } of input) {
    ack();
    break;
  }
  t.is(calls, 0);
});

test('await using stops a plugin: the checkpoint is written, and its transport is off the logger', async (t) => {
  const { kinesis, receiver, folder, config } = await setUp(t);
  putFlowLogs(kinesis, 10);
  const logger = winston.createLogger();
  {
    await using plugin = await register(logger, toManifest({ ...config, drainTimeoutMs: 60_000 }));
    await plugin.start();
    await receiver.whenLines(10);
    t.is(logger.transports.length, 1);
  }
  t.is(logger.transports.length, 0);
  t.regex(await readFile(join(folder, 'checkpoint.json'), 'utf8'), /"after"/);
});

test('snareFormat puts the line of a flow log, or of a host log, where transports look for it', (t) => {
  const format = snareFormat({ format: 'snare-tab', criticality: 2 });
  const row = { TABLE: 'AWSVPCFlowLog', SYSTEM: 'AWS Internal', DATETIME: '-', SNAREDATAMAP: {} };
  const info = toInfo({ item: { row, message: 'x', index: 0 }, owner: nobody });
  const flow = format.transform(info as winston.Logform.TransformableInfo);
  t.is(lineOf(flow), 'AWS Internal\tAWSVPCFlowLog\t2\tAWSVPCFlowLog\tAWS Internal\t-\t{}');
  const host = format.transform({ level: 'warn', message: 'low disk' });
  t.regex(lineOf(host), /\tGenericLog\t2\t.*\twarn\tlow disk\t\{\}$/);
});

function lineOf(info: unknown): string {
  return (info as { [MESSAGE]: string })[MESSAGE];
}
