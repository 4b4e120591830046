import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import type { HostLogger } from '../../../plugin/api.js';
import { createLoggerSink } from '../../../plugin/winston/logger-sink.js';
import { PrebuiltLines } from '../../../plugin/winston/prebuilt-lines.js';
import { SnareTransport } from '../../../plugin/winston/snare-transport.js';
import { systemClock } from '../../../src/clock.js';
import { createFormatList, type FormatList } from '../../../src/flow-log/format-list.js';
import { createFixedFormats } from '../../../src/flow-log/format-source.js';
import type { LineFormatter } from '../../../src/line-format.js';
import { createFastLines } from '../../../src/pipeline/fast-lines.js';
import type { LineOutput } from '../../../src/pipeline/line-output.js';
import type { Outcome } from '../../../src/pipeline/open-record.js';
import { type ProcessedRecord, processRecord } from '../../../src/pipeline/process-record.js';
import { PluginEmitter } from '../../../src/report/events.js';
import { Counters } from '../../../src/report/stats.js';
import { createLineFormatter } from '../../../src/snare/line.js';
import { createGate } from '../../fakes/gate.js';
import { startReceiver } from '../../fakes/receiver.js';
import { defaultLines } from '../../fixtures/flow-logs.js';
import { RecordedRecord } from '../../pipeline/recorded-record.js';

const formats = createFixedFormats(createFormatList([]) as FormatList);
const lines = defaultLines.filter((line) => !line.includes('SKIPDATA'));

function toRecord(events: number) {
  const payload = {
    messageType: 'DATA_MESSAGE',
    logGroup: '/aws/vpc',
    logStream: 'eni',
    logEvents: Array.from({ length: events }, (_, index) => ({
      id: String(index),
      timestamp: 1_668_722_921_000 + index,
      message: lines[index % lines.length],
    })),
  };
  const data = Buffer.from(JSON.stringify(payload));
  return { shardId: 'shard', sequenceNumber: '1', data, readMs: 0, arrivalMs: undefined, ack: () => {} };
}

/** Rows and lines of a record. */
async function process(events: number, formatLine: LineFormatter): Promise<ProcessedRecord> {
  return processRecord(toRecord(events), {
    caps: { maxRecordBytes: 16 * 1024 * 1024, maxEventsPerRecord: 100_000 },
    formats,
    unparsed: 'generic',
    clock: systemClock,
    counters: new Counters(),
    events: new PluginEmitter(),
    toLines: createFastLines({ formatLine, maxLineBytes: 1_000_000, maxEvents: 100_000, needsRows: true }),
  });
}

const textOf = ({ block, from, to }: NonNullable<ReturnType<PrebuiltLines['next']>>) =>
  Buffer.from(block.bytes?.subarray(from, to) ?? []).toString();

test('the prebuilt lines of a record are those of its rows, one for each', async (t) => {
  const formatLine = createLineFormatter({ format: 'snare' });
  // Several parts.
  const processed = await process(1000, formatLine);
  t.true((processed.lines?.parts.length ?? 0) > 2);
  const prebuilt = new PrebuiltLines(processed.lines as NonNullable<ProcessedRecord['lines']>, formatLine);
  for (const { row, message } of processed.rows) {
    const line = prebuilt.next();
    if (!line) return t.fail('A row has no line');
    t.is(textOf(line), formatLine(row, message));
  }
  t.is(prebuilt.next(), undefined);
});

test('a line that was taken before its memory was given back has no bytes after it', async (t) => {
  const formatLine = createLineFormatter({ format: 'snare' });
  const { lines: made } = await process(2, formatLine);
  const prebuilt = new PrebuiltLines(made as NonNullable<ProcessedRecord['lines']>, formatLine);
  const line = prebuilt.next();
  t.truthy(line?.block.bytes);
  prebuilt.free();
  t.is(line?.block.bytes, undefined);
});

async function startTransport(t: ExecutionContext, format: 'snare' | 'raw') {
  const receiver = await startReceiver();
  const { port } = receiver;
  const quick = { rotateMs: 100, confirmHoldMs: 50 };
  const transport = new SnareTransport({ type: 'tcp', host: '127.0.0.1', port, format, ...quick });
  t.teardown(async () => {
    await transport.drain(0);
    await receiver.close();
  });
  return { receiver, transport };
}

/**
 * Hands the record out and resolves with the outcomes of its rows.
 *
 * @param lines of the output whose lines are prebuilt
 */
async function take(logger: winston.Logger, processed: ProcessedRecord, lines: LineOutput): Promise<Outcome[]> {
  const sink = createLoggerSink({
    lines,
    plugin: {},
    logger: logger as unknown as HostLogger,
    acknowledge: 'confirmed',
    clock: systemClock,
    onFault: () => {},
    onRecovery: () => {},
    onAdvice: () => {},
    onEnded: () => {},
    signal: new AbortController().signal,
  });
  const outcomes: Outcome[] = [];
  const record = toRecord(processed.events);
  await new Promise<void>((resolve, reject) => {
    const open = new RecordedRecord(record, (outcome) => {
      if (outcomes.push(outcome) === processed.events) resolve();
    });
    sink.take(processed, open).catch(reject);
  });
  return outcomes;
}

/** The record with every letter of its prebuilt lines the same, so that they can be told from those made of rows. */
function markLines(processed: ProcessedRecord): ProcessedRecord {
  for (const { bytes, ends = new Int32Array() } of processed.lines?.parts ?? []) {
    bytes.fill('x'.charCodeAt(0));
    for (const end of ends) bytes[end - 1] = '\n'.charCodeAt(0);
  }
  return processed;
}

test('prebuilt lines go to the transport whose lines they are; another one makes its own from the rows', async (t) => {
  const own = await startTransport(t, 'snare');
  const other = await startTransport(t, 'raw');
  const logger = winston.createLogger({ transports: [own.transport, other.transport] });
  const outcomes = await take(
    logger,
    markLines(await process(50, own.transport.output.formatLine)),
    own.transport.output,
  );
  t.deepEqual(outcomes, Array(50).fill('delivered'));
  t.is(own.receiver.lines.length, 50);
  t.true(own.receiver.lines.every((line) => /^x+$/.test(line)));
  t.deepEqual(
    other.receiver.lines,
    Array.from({ length: 50 }, (_, index) => `AWS Internal\tAWSVPCFlowLog\t0\t${lines[index % lines.length]}`),
  );
});

test('infos that a slow transport holds back until the record is handed out are made from their rows', async (t) => {
  const { receiver, transport } = await startTransport(t, 'snare');
  const { gate, open } = createGate();
  const logger = winston.createLogger({ transports: [gate, transport] });
  // Few enough for the buffers of the streams, so that all are handed out while most are still on their way.
  const processed = markLines(await process(20, transport.output.formatLine));
  const taken = take(logger, processed, transport.output);
  await new Promise((resolve) => setImmediate(resolve));
  open();
  t.deepEqual(await taken, Array(20).fill('delivered'));
  const late = receiver.lines.filter((line) => !/^x+$/.test(line));
  t.true(late.length > 0);
  t.true(late.every((line) => line.startsWith('AWS Internal\tAWSVPCFlowLog\t0\t{"DATE":"')));
});
