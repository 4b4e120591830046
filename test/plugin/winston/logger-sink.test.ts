import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import type { HostLogger } from '../../../plugin/api.js';
import { createLoggerSink } from '../../../plugin/winston/logger-sink.js';
import { SnareTransport } from '../../../plugin/winston/snare-transport.js';
import { AckTracker } from '../../../src/checkpoint/ack-tracker.js';
import { type Clock, systemClock } from '../../../src/clock.js';
import type { Fault } from '../../../src/faults.js';
import { createDirectSink } from '../../../src/pipeline/direct-sink.js';
import { OpenRecord, type Outcome, type RecordOwner } from '../../../src/pipeline/open-record.js';
import type { RebuiltRow } from '../../../src/pipeline/parse-event.js';
import type { ProcessedRecord } from '../../../src/pipeline/process-record.js';
import { makeFolder } from '../../end-to-end/command.js';
import { createGate } from '../../fakes/gate.js';
import { startReceiver } from '../../fakes/receiver.js';
import { callsFromOutbox } from '../../pipeline/calls-from-outbox.js';
import { RecordedRecord } from '../../pipeline/recorded-record.js';

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

interface SinkOptions {
  readonly handedOver?: boolean;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly onFault?: (fault: Fault) => void;
  readonly onRecovery?: () => void;
}

function createSink(logger: winston.Logger, { handedOver, ...options }: SinkOptions = {}) {
  return createLoggerSink({
    plugin: {},
    logger: logger as unknown as HostLogger,
    acknowledge: handedOver ? 'handed-over' : 'confirmed',
    clock: systemClock,
    onFault: () => {},
    onRecovery: () => {},
    onAdvice: () => {},
    onEnded: () => {},
    signal: new AbortController().signal,
    ...options,
  });
}

/** Hands out the rows from 0 and resolves with their outcomes once all are settled. */
async function take(logger: winston.Logger, count: number, options: SinkOptions = {}): Promise<Outcome[]> {
  const sink = createSink(logger, options);
  const outcomes = numbers(count).map(async (number) => {
    const { promise, resolve } = withResolvers<Outcome>();
    await sink.take(...toRecord(toItem(number), resolve));
    return promise;
  });
  return Promise.all(outcomes);
}

/** A hundred times as fast. */
const fastClock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };

/** A record of one row, which would be set aside with the reason for an outcome. */
function toRecord(item: RebuiltRow, settle: (outcome: Outcome) => void): [ProcessedRecord, RecordedRecord] {
  const processed = { deadLetters: [], events: 1, isWhole: true, lines: undefined, rows: [item], tally: undefined };
  return [processed, new RecordedRecord(record, settle, () => item)];
}

const data = new Uint8Array(100);
const record = { shardId: 'shard', sequenceNumber: '1', data, readMs: 0, arrivalMs: undefined, ack: () => {} };

/** The numbers of the rows that are not among the lines. */
function missingLines(lines: readonly string[], count: number): number[] {
  const seen = new Set(lines);
  return numbers(count).filter((number) => !seen.has(expectedLine(number)));
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

interface Blocking {
  readonly logger: winston.Logger;
  readonly transport: SnareTransport;
}

/** Each blocks, says so in these words, and lets pass again. */
const blocks: Readonly<
  Record<
    string,
    { readonly block: (on: Blocking) => void; readonly pass: (on: Blocking) => void; readonly says: RegExp }
  >
> = {
  'the level of the logger': {
    block: ({ logger }) => Object.assign(logger, { level: 'error' }),
    pass: ({ logger }) => Object.assign(logger, { level: 'info' }),
    says: /level of the logger is "error".*"info"/,
  },
  'the level of the transport': {
    block: ({ transport }) => Object.assign(transport, { level: 'warn' }),
    pass: ({ transport }) => Object.assign(transport, { level: undefined }),
    says: /level of the SnareTransport is "warn".*"info"/,
  },
  'a level that is unknown': {
    block: ({ logger }) => Object.assign(logger, { level: 'loud' }),
    pass: ({ logger }) => Object.assign(logger, { level: 'debug' }),
    says: /level of the logger is "loud"/,
  },
  'a silent logger': {
    block: ({ logger }) => Object.assign(logger, { silent: true }),
    pass: ({ logger }) => Object.assign(logger, { silent: false }),
    says: /The logger is silent/,
  },
  'a silent transport': {
    block: ({ transport }) => Object.assign(transport, { silent: true }),
    pass: ({ transport }) => Object.assign(transport, { silent: false }),
    says: /The SnareTransport is silent/,
  },
};

for (const [name, { block, pass, says }] of Object.entries(blocks)) {
  test(`no flow log is lost to a level that lets none pass: ${name}`, async (t) => {
    const { receiver, transport } = await startTransport(t);
    const logger = winston.createLogger({ transports: [transport] });
    const faults: Fault[] = [];
    let settled = 0;
    let recoveries = 0;
    const onFault = (fault: Fault) => faults.push(fault);
    block({ logger, transport });
    const options = { clock: fastClock, onFault, onRecovery: () => recoveries++ };
    const taken = take(logger, 100, options).finally(() => settled++);
    while (faults.length < 3) await pause(5);
    t.is(settled + receiver.lines.length + recoveries, 0);
    for (const { code, message } of faults) {
      t.is(code, 'level-blocks');
      t.regex(message, says);
    }
    pass({ logger, transport });
    t.deepEqual(await taken, all('delivered', 100));
    t.deepEqual(receiver.lines, numbers(100).map(expectedLine));
    t.is(recoveries, 1);
  });

  test(`rows that a logger buffers are not lost to a level that changes before they reach the transport: ${name}`, async (t) => {
    const { receiver, transport } = await startTransport(t);
    const { gate, open } = createGate();
    const logger = winston.createLogger({ transports: [gate, transport] });
    const faults: Fault[] = [];
    const taken = take(logger, 100, { clock: fastClock, onFault: (fault) => faults.push(fault) });
    await pause(20);
    t.true(logger.writableLength > 0);
    block({ logger, transport });
    open();
    while (faults.length < 2) await pause(5);
    pass({ logger, transport });
    t.deepEqual(await taken, all('delivered', 100));
    t.deepEqual(new Set(receiver.lines), new Set(numbers(100).map(expectedLine)));
    t.true(faults.every(({ code }) => code === 'level-blocks'));
  });
}

test('rows that a logger drops while it is silent are written again, although it is loud again before they are missed', async (t) => {
  const { receiver, transport } = await startTransport(t);
  const { gate, open, step } = createGate({ highWaterMark: 4 });
  const logger = winston.createLogger({ transports: [gate, transport] });
  const taken = take(logger, 30, { clock: fastClock });
  await pause(20);
  t.true(logger.writableLength > 0);
  logger.silent = true;
  while (logger.writableLength > 0) step();
  await pause(0);
  t.true(logger.readableLength > 0);
  logger.silent = false;
  open();
  t.deepEqual(await taken, all('delivered', 30));
  t.deepEqual(new Set(receiver.lines), new Set(numbers(30).map(expectedLine)));
});

test('rows wait for the sink while a level blocks, and are abandoned at the stop', async (t) => {
  const { transport } = await startTransport(t);
  const logger = winston.createLogger({ level: 'error', transports: [transport] });
  const stop = new AbortController();
  const taken = take(logger, 10, { signal: stop.signal });
  await pause(20);
  stop.abort();
  t.deepEqual(await taken, all('abandoned', 10));
});

test('the level and silent of a child hold nothing up, since only those of its logger count', async (t) => {
  const { transport } = await startTransport(t);
  const logger = winston.createLogger();
  const child = logger.child({ service: 'host' });
  child.add(transport);
  Object.assign(child, { level: 'error', silent: true });
  t.deepEqual(await take(logger, 10), all('delivered', 10));
});

test('a format that gives single flow logs a level that does not pass is obeyed', async (t) => {
  const { receiver, transport } = await startTransport(t);
  const isOdd = ({ message }: winston.Logform.TransformableInfo) => Number(String(message).at(-1)) % 2 === 1;
  const lowered = format((info) => (isOdd(info) ? Object.assign(info, { [Symbol.for('level')]: 'debug' }) : info))();
  const outcomes = await take(winston.createLogger({ format: lowered, transports: [transport] }), 10);
  t.deepEqual(
    outcomes,
    numbers(10).map((number) => (number % 2 === 1 ? 'filtered' : 'delivered')),
  );
  t.is(receiver.lines.length, 5);
});

test('of two SnareTransports one may keep flow logs back, but not both', async (t) => {
  const quiet = await startTransport(t, { level: 'warn' });
  const other = await startTransport(t);
  const logger = winston.createLogger({ transports: [quiet.transport, other.transport] });
  t.deepEqual(await take(logger, 10), all('delivered', 10));
  t.deepEqual(quiet.receiver.lines, []);
  other.transport.silent = true;
  const faults: Fault[] = [];
  const taken = take(logger, 10, { clock: fastClock, onFault: (fault) => faults.push(fault) });
  while (faults.length < 2) await pause(5);
  quiet.transport.level = 'info';
  t.deepEqual(await taken, all('delivered', 10));
  t.deepEqual(quiet.receiver.lines, numbers(10).map(expectedLine));
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
  const end = new AbortController();
  t.teardown(() => end.abort());
  const taken = take(logger, 100, { signal: end.signal });
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
  const rows = numbers(100).map((number) => ({ ...toItem(number), index: number }));
  const [processed] = toRecord(toItem(0), () => {});
  const open = new RecordedRecord(
    record,
    (outcome) => outcomes.push(outcome),
    (index) => rows[index] as RebuiltRow,
  );
  const taken = createSink(logger).take({ ...processed, events: 100, rows }, open);
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

test('through a logger too, an ack takes four calls from the output that confirms to the tracker', async (t) => {
  const { transport } = await startTransport(t);
  const { promise, resolve } = withResolvers<readonly string[]>();
  const position = new AckTracker(() => resolve(callsFromOutbox(new Error()))).track('1');
  const open = new OpenRecord({ ...record, ack: () => position.ack() }, {
    countAcked() {},
  } as unknown as RecordOwner);
  const [processed] = toRecord(toItem(0), () => {});
  await createSink(winston.createLogger({ transports: [transport] })).take(processed, open);
  const calls = await promise;
  t.is(calls.length, 4, calls.join(', '));
});

/** What a host may do to its own transport while it is on the logger. */
const stops: Readonly<Record<string, (transport: winston.transport) => void>> = {
  'is closed': (transport) => transport.close?.(),
  'is ended': (transport) => void transport.end(),
  'is destroyed': (transport) => void transport.destroy(),
  'fails in a write': (transport) =>
    Object.assign(transport, {
      log: () => {
        throw new Error('no disk');
      },
    }),
};

for (const [what, stop] of Object.entries(stops)) {
  for (const [errors, listens] of [
    ['are handled', true],
    ['are not', false],
  ] as const) {
    for (const mode of ['confirmed', 'handed over'] as const) {
      test(`a transport of the host that ${what} costs no flow log, and is named: errors of the logger ${errors}, ${mode}`, async (t) => {
        const { receiver, transport } = await startTransport(t);
        const own = new winston.transports.File({ filename: join(await makeFolder(t), 'host.log') });
        const logger = winston.createLogger({ transports: [own, transport] });
        if (listens) logger.on('error', () => {});
        const { promise: named, resolve: onMessage } = withResolvers<string>();
        const onFault = ({ message }: Fault) => onMessage(message);
        const sink = createSink(logger, { clock: fastClock, onFault, handedOver: mode === 'handed over' });
        const takeOne = async (number: number) => {
          const { promise, resolve } = withResolvers<Outcome>();
          await sink.take(...toRecord(toItem(number), resolve));
          return promise;
        };
        t.is(await takeOne(0), 'delivered');
        stop(own);
        const taken = Promise.all(numbers(100).slice(1).map(takeOne));
        // What was ended or destroyed may leave the logger by itself.
        const message = await Promise.race([named, taken.then(() => 'none')]);
        if (what === 'is closed') t.regex(message, /The transport "file" was closed/);
        t.regex(message, /is (ended|destroyed)/.test(what) ? /The transport "file"|none/ : /The transport "file"/);
        logger.remove(own);
        t.deepEqual(await taken, all('delivered', 99));
        t.true(await transport.flush());
        t.deepEqual(missingLines(receiver.lines, 100), []);
      });
    }
  }
}

test('a transport of the host that never calls back is named, and its logger continues when it is removed', async (t) => {
  const { transport } = await startTransport(t);
  const { gate } = createGate();
  const logger = winston.createLogger({ transports: [gate, transport] });
  const faults: Fault[] = [];
  const taken = take(logger, 100, { clock: fastClock, onFault: (fault) => faults.push(fault) });
  while (faults.length < 2) await pause(5);
  for (const { code, message } of faults) {
    t.is(code, 'logger-blocked');
    t.regex(message, /The transport "Stream"/);
  }
  logger.remove(gate);
  t.deepEqual(await taken, all('delivered', 100));
});

test('a transport whose own format fails is named, and the row is set aside', async (t) => {
  const { transport } = await startTransport(t);
  const broken = format(() => {
    throw new Error('broken format');
  })();
  const own = new winston.transports.Console({ format: broken });
  const logger = winston.createLogger({ transports: [own, transport] });
  const faults: Fault[] = [];
  t.deepEqual(await take(logger, 3, { onFault: (fault) => faults.push(fault) }), all('failed', 3));
  for (const { message } of faults) t.regex(message, /^The transport "console" of the logger failed/);
  logger.remove(own);
  logger.format = broken;
  faults.length = 0;
  t.deepEqual(await take(logger, 3, { onFault: (fault) => faults.push(fault) }), all('failed', 3));
  for (const { message } of faults) t.regex(message, /^A format of the logger failed/);
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

for (const kind of ['logger', 'direct']) {
  test(`the event loop turns between the rows of a large record: ${kind}`, async (t) => {
    const path = join(await makeFolder(t), 'lines');
    const transport = new SnareTransport({ type: 'file', path });
    const over = new AbortController();
    const { signal } = over;
    t.teardown(() => transport.drain(0));
    // What is not out by then would be written again.
    t.teardown(() => over.abort());
    const sink =
      kind === 'direct'
        ? createDirectSink({ output: transport.output, signal })
        : createSink(winston.createLogger({ transports: [transport] }), { signal });
    let sinceTurn = 0;
    let most = 0;
    function* makeRows() {
      for (let index = 0; index < 10_000; index += 1) {
        sinceTurn += 1;
        most = Math.max(most, sinceTurn);
        yield { ...toItem(index), index };
      }
    }
    const count = () => {
      sinceTurn = 0;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const [processed, source] = toRecord(toItem(0), () => {});
    await sink.take({ ...processed, rows: makeRows() }, source);
    clearImmediate(immediate);
    t.true(most < 2000, `${most} rows without a turn`);
  });
}
