import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import type { RebuiltRow } from '../../plugin/collect/parse-event.js';
import type { ProcessedRecord } from '../../plugin/collect/process-record.js';
import type { RecordSource } from '../../plugin/collect/record-sink.js';
import type { Outcome } from '../../plugin/collect/settlement.js';
import { createLoggerSink, type HostLogger } from '../../plugin/logger/logger-sink.js';
import { SnareTransport } from '../../plugin/transport.js';
import { systemClock } from '../../src/clock.js';
import { createGate } from '../fakes/gate.js';
import { startReceiver } from '../fakes/receiver.js';

const { format } = winston;

function toItem(number: number): RebuiltRow {
  const columns = { TABLE: 'AWSVPCFlowLog', SYSTEM: 'AWS Internal', DATETIME: '2022-11-17T22:09:41Z' };
  return {
    row: { ...columns, BYTES: String(number), SNAREDATAMAP: {} },
    message: `flow log ${number}`,
    index: 0,
    logGroup: 'g',
    toPayload: () => new Uint8Array(),
  };
}

function expectedLine(number: number): string {
  return `AWS Internal\tAWSVPCFlowLog\t0\t${JSON.stringify(toItem(number).row)}`;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

async function startTransport(t: ExecutionContext, options: { level?: string; silent?: boolean } = {}) {
  const receiver = await startReceiver();
  const { port } = receiver;
  const quick = { rotateMs: 100, confirmHoldMs: 50, reconnectMaxMs: 200 };
  const transport = new SnareTransport({ type: 'tcp', host: '127.0.0.1', port, ...quick, ...options });
  t.teardown(async () => {
    await transport.drain(0);
    await receiver.close();
  });
  return { receiver, transport };
}

function createSink(logger: winston.Logger, options: { handedOver?: boolean; signal?: AbortSignal } = {}) {
  return createLoggerSink({
    plugin: {},
    logger: logger as unknown as HostLogger,
    acknowledge: options.handedOver ? 'handed-over' : 'confirmed',
    clock: systemClock,
    onFault: () => {},
    onEnded: () => {},
    signal: options.signal ?? new AbortController().signal,
  });
}

/** Hands out the rows from 0 and resolves with their outcomes once all are settled. */
async function take(logger: winston.Logger, count: number, options: { handedOver?: boolean } = {}): Promise<Outcome[]> {
  const sink = createSink(logger, options);
  const outcomes = numbers(count).map(async (number) => {
    const { promise, resolve } = withResolvers<Outcome>();
    await sink.take(...toRecord(toItem(number), resolve));
    return promise;
  });
  return Promise.all(outcomes);
}

/** A record of one row, which would be set aside with the reason for an outcome. */
function toRecord(item: RebuiltRow, settle: (outcome: Outcome) => void): [ProcessedRecord, RecordSource] {
  const processed = { deadLetters: [], events: 1, isWhole: true, lines: undefined, rows: [item] };
  const data = new Uint8Array(100);
  const record = { shardId: 'shard', sequenceNumber: '1', data, readMs: 0, arrivalMs: undefined, ack: () => {} };
  const remaker = { process: async () => processed, row: async () => item };
  return [
    processed,
    { record, remaker, settlement: { expect: () => {}, settle, close: () => {} }, setAside: (_, why) => settle(why) },
  ];
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function all(outcome: Outcome, count: number): Outcome[] {
  return Array.from({ length: count }, () => outcome);
}

const rewriting: Readonly<Record<string, winston.Logform.Format>> = {
  none: format((info) => info)(),
  metadata: format.metadata(),
  label: format.label({ label: 'host', message: true }),
  colorize: format.colorize({ all: true }),
  'json and timestamp': format.combine(format.timestamp(), format.json()),
  'a copy': format((info) => ({ ...info }))(),
  'another message, level and row': format((info) =>
    Object.assign(info, { message: 'x', level: 'error', snare: {} }),
  )(),
};

for (const [name, hostFormat] of Object.entries(rewriting)) {
  test(`a host format that rewrites infos changes no Snare line: ${name}`, async (t) => {
    const { receiver, transport } = await startTransport(t);
    const logger = winston.createLogger({ format: hostFormat, transports: [transport] });
    t.deepEqual(await take(logger, 100), all('delivered', 100));
    t.deepEqual(receiver.lines, numbers(100).map(expectedLine));
  });
}

test('a format of the transport itself changes no Snare line either', async (t) => {
  const { receiver, transport } = await startTransport(t);
  transport.format = format((info) => ({ level: info.level, message: 'replaced' }))();
  const logger = winston.createLogger({ transports: [transport] });
  t.deepEqual(await take(logger, 10), all('delivered', 10));
  t.deepEqual(receiver.lines, numbers(10).map(expectedLine));
});

test('a format of the transport itself that throws fails the row', async (t) => {
  const { receiver, transport } = await startTransport(t);
  transport.format = format(() => {
    throw new Error('broken format');
  })();
  const logger = winston.createLogger({ transports: [transport] });
  t.deepEqual(await take(logger, 10), all('failed', 10));
  t.deepEqual(receiver.lines, []);
});

const dropping: Readonly<Record<string, winston.Logform.Format>> = {
  'a filter that drops everything': format(() => false)(),
  'a format that builds an info without symbols': format((info) => ({ level: info.level, message: 'replaced' }))(),
};

for (const [name, hostFormat] of Object.entries(dropping)) {
  test(`nothing hangs an acknowledgement: ${name}`, async (t) => {
    const { receiver, transport } = await startTransport(t);
    const logger = winston.createLogger({ format: hostFormat, transports: [transport] });
    t.deepEqual(await take(logger, 100), all('filtered', 100));
    t.deepEqual(receiver.lines, []);
  });
}

test('a format that throws fails the row, which is then set aside, with an acknowledgement and without one', async (t) => {
  const { receiver, transport } = await startTransport(t);
  const broken = format(() => {
    throw new Error('broken format');
  })();
  const logger = winston.createLogger({ format: broken, transports: [transport] });
  t.deepEqual(await take(logger, 10), all('failed', 10));
  t.deepEqual(await take(logger, 10, { handedOver: true }), all('failed', 10));
  t.deepEqual(receiver.lines, []);
});

test('a filter that drops some: those are filtered, the others delivered', async (t) => {
  const { receiver, transport } = await startTransport(t);
  const onlyEven = format((info) => (Number(String(info.message).split(' ').at(-1)) % 2 === 0 ? info : false))();
  const logger = winston.createLogger({ format: onlyEven, transports: [transport] });
  const outcomes = await take(logger, 100);
  t.deepEqual(
    outcomes,
    numbers(100).map((number) => (number % 2 === 0 ? 'delivered' : 'filtered')),
  );
  t.deepEqual(
    receiver.lines,
    numbers(100)
      .filter((number) => number % 2 === 0)
      .map(expectedLine),
  );
});

test('a filter of the transport drops: filtered', async (t) => {
  const { transport } = await startTransport(t);
  transport.format = format(() => false)();
  const logger = winston.createLogger({ transports: [transport] });
  t.deepEqual(await take(logger, 10), all('filtered', 10));
});

test('the level of the logger, the level of the transport and silent filter', async (t) => {
  const plain = await startTransport(t);
  t.deepEqual(
    await take(winston.createLogger({ level: 'error', transports: [plain.transport] }), 10),
    all('filtered', 10),
  );
  const strict = await startTransport(t, { level: 'warn' });
  t.deepEqual(await take(winston.createLogger({ transports: [strict.transport] }), 10), all('filtered', 10));
  const silent = await startTransport(t, { silent: true });
  t.deepEqual(await take(winston.createLogger({ transports: [silent.transport] }), 10), all('filtered', 10));
  const quiet = await startTransport(t);
  t.deepEqual(
    await take(winston.createLogger({ silent: true, transports: [quiet.transport] }), 10),
    all('filtered', 10),
  );
});

test('with two SnareTransports both must confirm', async (t) => {
  const one = await startTransport(t);
  const other = await startTransport(t);
  other.receiver.behave({ type: 'never-closes' });
  const logger = winston.createLogger({ transports: [one.transport, other.transport] });
  let isSettled = false;
  const taken = take(logger, 10).then((outcomes) => {
    isSettled = true;
    return outcomes;
  });
  await one.receiver.whenLines(10);
  t.true(await one.transport.flush());
  t.false(isSettled);
  other.receiver.behave({ type: 'normal' });
  await other.receiver.kill();
  await other.receiver.restart();
  t.deepEqual(await taken, all('delivered', 10));
});

test('rows and the logs of the host keep their order through one logger', async (t) => {
  const { receiver, transport } = await startTransport(t);
  const logger = winston.createLogger({ transports: [transport] });
  logger.info('before');
  const taken = take(logger, 3);
  logger.info('after');
  await taken;
  t.true(await transport.flush());
  t.deepEqual(receiver.lines.slice(1, 4), numbers(3).map(expectedLine));
  t.is(receiver.lines.length, 5);
});

test('rows that went past while the transport was off are written again when it is back', async (t) => {
  const { receiver, transport } = await startTransport(t);
  const { gate, open } = createGate();
  const logger = winston.createLogger({ transports: [gate, transport] });
  const taken = take(logger, 100);
  await new Promise((resolve) => setImmediate(resolve));
  logger.remove(transport);
  open();
  await pause(50);
  logger.add(transport);
  t.deepEqual(await taken, all('delivered', 100));
  t.deepEqual(new Set(receiver.lines), new Set(numbers(100).map(expectedLine)));
});

test('a transport that is taken off in the middle of a record gets the rest of it when it is back', async (t) => {
  const { receiver, transport } = await startTransport(t);
  const host = new winston.transports.Stream({ stream: process.stdout, silent: true });
  let seen = 0;
  host._write = (_info: unknown, _encoding: unknown, callback: () => void) => {
    seen += 1;
    if (seen === 40) logger.remove(transport);
    callback();
  };
  const logger = winston.createLogger({ transports: [host, transport] });
  const outcomes: Outcome[] = [];
  const [processed, source] = toRecord(toItem(0), (outcome) => outcomes.push(outcome));
  const rows = numbers(100).map((number) => ({ ...toItem(number), index: number }));
  const remaker = { ...source.remaker, row: async (_record: unknown, index: number) => rows[index] as RebuiltRow };
  const taken = createSink(logger).take({ ...processed, events: 100, rows }, { ...source, remaker });
  await pause(50);
  t.is(seen, 40);
  logger.add(transport);
  await taken;
  while (outcomes.length < 100) await pause(20);
  t.deepEqual(outcomes, all('delivered', 100));
  t.deepEqual(new Set(receiver.lines), new Set(numbers(100).map(expectedLine)));
});

test('a format that logs in the middle of a write settles nothing too early', async (t) => {
  const { receiver, transport } = await startTransport(t, { level: 'info' });
  receiver.behave({ type: 'never-closes' });
  const other = winston.createLogger({ level: 'debug', transports: [transport] });
  transport.format = format((info) => {
    if (info.snare) other.debug('within');
    return info;
  })();
  const logger = winston.createLogger({ transports: [transport] });
  let outcomes: Outcome[] | undefined;
  const taken = take(logger, 3).then((settled) => {
    outcomes = settled;
  });
  await receiver.whenLines(3);
  await pause(300);
  t.is(outcomes, undefined);
  receiver.behave({ type: 'normal' });
  await receiver.kill();
  await receiver.restart();
  await taken;
  t.deepEqual(outcomes, all('delivered', 3));
});

test('a transport on two loggers that is taken off the one that buffers gets the rows again when it is back', async (t) => {
  const { receiver, transport } = await startTransport(t);
  const { gate, open } = createGate();
  const logger = winston.createLogger({ transports: [gate, transport] });
  const other = winston.createLogger({ transports: [transport] });
  const taken = take(logger, 40);
  await pause(20);
  logger.remove(transport);
  open();
  await pause(20);
  other.info('of the host');
  await pause(50);
  logger.add(transport);
  t.deepEqual(await taken, all('delivered', 40));
  t.deepEqual(
    new Set(receiver.lines.filter((line) => line.includes('AWSVPCFlowLog'))),
    new Set(numbers(40).map(expectedLine)),
  );
});

test('rows of one logger do not overtake those of another in a transport that is on both', async (t) => {
  const { transport } = await startTransport(t);
  const { gate, open } = createGate();
  const slow = take(winston.createLogger({ transports: [gate, transport] }), 10);
  t.deepEqual(await take(winston.createLogger({ transports: [transport] }), 3), all('delivered', 3));
  open();
  t.deepEqual(await slow, all('delivered', 10));
});

test('handed over: a queue that is full holds the rows back', async (t) => {
  const receiver = await startReceiver();
  const { port } = receiver;
  receiver.behave({ type: 'stalls' });
  const transport = new SnareTransport({ type: 'tcp', host: '127.0.0.1', port, maxBufferedBytes: 1024 * 1024 });
  const stop = new AbortController();
  t.teardown(async () => {
    stop.abort();
    await transport.drain(0);
    await receiver.close();
  });
  const { signal } = stop;
  const sink = createSink(winston.createLogger({ transports: [transport] }), { handedOver: true, signal });
  const [processed, source] = toRecord(toItem(0), () => {});
  const rows = numbers(20_000).map(toItem);
  const taken = sink.take({ ...processed, events: rows.length, rows }, source).then(() => true);
  t.is(await Promise.race([taken, pause(1000)]), undefined);
  t.true(transport.stats.buffered.bytes < 2 * 1024 * 1024);
});

test('rows that the stream layer gathers are settled by their delivery only', async (t) => {
  const { receiver, transport } = await startTransport(t);
  receiver.behave({ type: 'stalls' });
  const logger = winston.createLogger({ transports: [transport] });
  let settled = 0;
  const count = () => settled++;
  transport.cork();
  const gathered = take(logger, 10).then(count);
  await new Promise((resolve) => setImmediate(resolve));
  transport.uncork();
  const last = take(logger, 1).then(count);
  await pause(300);
  t.is(settled, 0);
  receiver.behave({ type: 'normal' });
  await receiver.kill();
  await receiver.restart();
  await Promise.all([gathered, last]);
  t.is(settled, 2);
});

test('handed over: the logger alone decides, without any SnareTransport', async (t) => {
  const seen: string[] = [];
  const other = new winston.transports.Stream({ stream: process.stdout, silent: true });
  other._write = (info: { message: string }, _encoding: unknown, callback: () => void) => {
    seen.push(info.message);
    callback();
  };
  const logger = winston.createLogger({ transports: [other] });
  t.deepEqual(await take(logger, 5, { handedOver: true }), all('delivered', 5));
  t.deepEqual(
    seen,
    numbers(5).map((number) => `flow log ${number}`),
  );
});
