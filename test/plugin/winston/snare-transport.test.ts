import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import { recordOf } from '../../../plugin/winston/flow-log-info.js';
import { SnareTransport } from '../../../plugin/winston/snare-transport.js';
import type { SnareTransportOptions } from '../../../plugin/winston/transport-api.js';
import { ConfigurationError } from '../../../src/configuration-error.js';
import { type Receiver, startReceiver } from '../../fakes/receiver.js';

/** Small limits, so that a confirmation takes a fraction of a second. */
const quick = { rotateMs: 100, confirmHoldMs: 50, reconnectMaxMs: 200 };

async function start(t: ExecutionContext, options: Partial<SnareTransportOptions> = {}) {
  const receiver = await startReceiver();
  const transport = new SnareTransport({
    type: 'tcp',
    host: '127.0.0.1',
    port: receiver.port,
    ...quick,
    ...options,
  } as SnareTransportOptions);
  const warnings: Error[] = [];
  transport.on('warn', (warning) => warnings.push(warning));
  t.teardown(async () => {
    await transport.drain(0);
    await receiver.close();
  });
  return { receiver, transport, warnings };
}

function messages({ lines }: Receiver): string[] {
  return lines.map((line) => (JSON.parse(line.split('\t')[3] ?? '') as { MESSAGE: string }).MESSAGE);
}

/** A receiver may read two connections at once, so across a rotation lines come in either order. */
function inOrder(receiver: Receiver, from = 0): string[] {
  return messages(receiver)
    .slice(from)
    .sort((left, right) => Number(left) - Number(right));
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

/** Logs the numbers from 0 and ends the logger; resolves at its `finish`. */
async function logAndEnd(logger: winston.Logger, count: number): Promise<void> {
  const finished = new Promise((resolve) => logger.once('finish', resolve));
  for (const text of numbers(count)) logger.info(text);
  logger.end();
  await finished;
}

test('a burst of 20,000 infos and an immediate end delivers 20,000', async (t) => {
  const { receiver, transport } = await start(t);
  await logAndEnd(winston.createLogger({ transports: [transport] }), 20_000);
  t.is(transport.stats.delivered.lines, 20_000);
  t.deepEqual(inOrder(receiver), numbers(20_000));
});

test('a slow transport on the same logger does not lose what the logger still holds at its end', async (t) => {
  const { receiver, transport } = await start(t);
  const slow = new winston.transports.Stream({ stream: process.stdout, silent: true });
  slow._write = (_info: unknown, _encoding: unknown, callback: () => void) => setTimeout(callback, 1);
  Object.defineProperty(slow, '_writev', { value: null });
  const logger = winston.createLogger({ transports: [slow, transport] });
  logger.on('error', () => {});
  await logAndEnd(logger, 200);
  t.deepEqual(inOrder(receiver), numbers(200));
});

test('an outage in the middle neither loses, reorders nor unpipes', async (t) => {
  const { receiver, transport, warnings } = await start(t);
  const logger = winston.createLogger({ transports: [transport] });
  for (const text of numbers(500)) logger.info(text);
  await receiver.whenLines(100);
  await receiver.kill();
  for (const text of numbers(1000).slice(500)) logger.info(text);
  await new Promise((resolve) => transport.once('warn', resolve));
  t.true(logger.transports.includes(transport));
  const before = receiver.lines.length;
  await receiver.restart();
  t.true(await transport.flush());
  // What came after the outage begins with the oldest unconfirmed line and goes on without a gap to the last.
  const after = inOrder(receiver, before);
  t.deepEqual(after, numbers(1000).slice(1000 - after.length));
  t.true(before + after.length >= 1000);
  t.true(warnings.length > 0);
});

test('an outage is a warn event, never an error, and the process needs no listener', async (t) => {
  const { receiver, transport } = await start(t);
  await receiver.kill();
  const logger = winston.createLogger({ transports: [transport] });
  const warned = new Promise((resolve) => transport.once('warn', resolve));
  logger.on('error', (error) => t.fail(String(error)));
  logger.info('during the outage');
  await warned;
  await receiver.restart();
  t.true(await transport.flush());
  t.deepEqual(messages(receiver), ['during the outage']);
});

test('a stalled receiver starves neither the other transports nor the memory', async (t) => {
  const { receiver, transport } = await start(t, { maxHostLogBytes: 100_000 });
  receiver.behave({ type: 'stalls' });
  let seen = 0;
  const other = new winston.transports.Stream({ stream: process.stdout, silent: true });
  other._write = (_info: unknown, _encoding: unknown, callback: () => void) => {
    seen++;
    callback();
  };
  const logger = winston.createLogger({ transports: [transport, other] });
  for (const text of numbers(20_000)) logger.info(text);
  await new Promise((resolve) => setImmediate(resolve));
  t.is(seen, 20_000);
  const { buffered, hostLogsDropped } = transport.stats;
  t.true(buffered.bytes <= 100_000);
  t.is(buffered.lines + hostLogsDropped, 20_000);
});

test('beyond maxHostLogBytes the newest logs are dropped, counted and told once', async (t) => {
  const { receiver, transport, warnings } = await start(t, { maxHostLogBytes: 2_000 });
  await receiver.kill();
  const logger = winston.createLogger({ transports: [transport] });
  for (const text of numbers(100)) logger.info(text);
  const kept = transport.stats.buffered.lines;
  t.true(kept > 0 && kept < 100);
  t.is(transport.stats.hostLogsDropped, 100 - kept);
  t.is(warnings.filter(({ message }) => message.includes('dropped')).length, 1);
  await receiver.restart();
  t.true(await transport.flush());
  t.deepEqual(messages(receiver), numbers(kept));
});

test('close may come at any time: what was logged is delivered, and the transport can be added again', async (t) => {
  const { receiver, transport } = await start(t);
  const logger = winston.createLogger({ transports: [transport], level: 'info' });
  logger.info('0');
  transport.close();
  logger.info('1');
  logger.remove(transport);
  logger.add(transport);
  logger.info('2');
  logger.debug('not at this level');
  transport.close();
  transport.close();
  await receiver.whenLines(3);
  t.deepEqual(messages(receiver).sort(), ['0', '1', '2']);
});

test('closing a logger lets its process end: the output is let go after the delivery', async (t) => {
  const { receiver, transport } = await start(t);
  const logger = winston.createLogger({ transports: [transport] });
  logger.info('0');
  logger.close();
  t.true(await transport.drain(5_000));
  t.deepEqual(messages(receiver), ['0']);
  t.false(transport.stats.isConnected);
});

test('levels and silent keep infos away', async (t) => {
  const { receiver, transport } = await start(t, { level: 'warn' });
  const logger = winston.createLogger({ transports: [transport] });
  logger.info('too low');
  logger.warn('0');
  transport.silent = true;
  logger.error('silent');
  transport.silent = false;
  logger.error('1');
  t.true(await transport.flush());
  t.deepEqual(messages(receiver), ['0', '1']);
});

test('two loggers share a transport until the first one ends', async (t) => {
  const { receiver, transport } = await start(t);
  const first = winston.createLogger({ transports: [transport] });
  const second = winston.createLogger({ transports: [transport] });
  first.info('0');
  second.info('1');
  await logAndEnd(first, 0);
  t.deepEqual(messages(receiver).sort(), ['0', '1']);
});

test('hostLogs: false ships nothing of the host', async (t) => {
  const { receiver, transport } = await start(t, { hostLogs: false });
  await logAndEnd(winston.createLogger({ transports: [transport] }), 10);
  t.deepEqual(receiver.lines, []);
});

test('logged is emitted after the delivery', async (t) => {
  const { receiver, transport } = await start(t);
  const logger = winston.createLogger({ transports: [transport] });
  const logged = new Promise<winston.Logform.TransformableInfo>((resolve) => transport.once('logged', resolve));
  logger.info('0');
  t.is((await logged).message, '0');
  t.deepEqual(messages(receiver), ['0']);
});

test('a transport without a logger takes infos, whatever its level', async (t) => {
  const { receiver, transport } = await start(t, { level: 'warn' });
  transport.write({ level: 'info', message: '0' });
  t.true(await transport.flush());
  t.deepEqual(messages(receiver), ['0']);
});

test('wrong options are all named at once', (t) => {
  const options = { type: 'tcp', prot: 6161, port: 'x' } as never;
  const error = t.throws(() => new SnareTransport(options), { instanceOf: ConfigurationError });
  t.deepEqual(error?.faults.map(({ path }) => path).sort(), ['host', 'port', 'prot']);
});

test('an info without a record is not taken for a flow log', (t) => {
  t.is(recordOf({ snare: {}, level: 'info' }), undefined);
  t.is(recordOf(false), undefined);
});
