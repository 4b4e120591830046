/**
 * Measures Winston in its own process. Arguments: what to measure, the logger's format, file of the records, milliseconds to
 * warm up, milliseconds to measure. `acknowledged` also takes `confirm` of the output and the port of a receiver.
 *
 * - `ceiling`: creates infos that look like those of the plugin, from prepared rows, and writes them to a transport that does
 *   nothing
 * - `acknowledged`: sends records as rows through the logger and a SnareTransport, until the receiver has confirmed them and
 *   each record is acked. The speed is that of the acks.
 */
import { once } from 'node:events';
import winston, { type Logform, type Logger } from 'winston';
import Transport from 'winston-transport';
import { type FlowLogInfo, flowLogLevel, RECORD } from '../../plugin/winston/flow-log-info.js';
import { createLoggerSink } from '../../plugin/winston/logger-sink.js';
import { SnareTransport } from '../../plugin/winston/snare-transport.js';
import { systemClock } from '../../src/clock.js';
import { createFastLines } from '../../src/pipeline/fast-lines.js';
import { OpenRecord, type RecordOwner } from '../../src/pipeline/open-record.js';
import { processRecord } from '../../src/pipeline/process-record.js';
import { RecordRebuilder } from '../../src/pipeline/rebuild-record.js';
import { Acknowledgements } from './acknowledgements.js';
import { specOf } from './inputs.js';
import { measureSteps, type Timing } from './measure-steps.js';
import { readPeakBytes } from './peak-memory.js';
import { createProcessOptions, toStreamRecord } from './product-transform.js';
import { readRecords } from './record-file.js';
import { medianOf, type Sample } from './sample.js';

const loggerFormats = {
  /** Winston's default if a logger sets no format: writes the whole info, including the row, as JSON. */
  json: winston.format.json(),
  /** The cheapest format: returns the info unchanged. */
  untouched: winston.format((info) => info)(),
} satisfies Record<string, Logform.Format>;

const [what, format, path, warmUpMs, measureMs, confirm, port] = process.argv.slice(2);
const records = readRecords(path as string);
const { flowsPerRecord } = specOf('v2');
const options = createProcessOptions([]);

const logger = winston.createLogger({ format: loggerFormats[format as keyof typeof loggerFormats] });
const baseBytes = process.memoryUsage().rss;
const timing = await (what === 'ceiling' ? measureCeiling(logger) : measureAcknowledged(logger));
process.send?.({ ...timing, baseBytes, peakBytes: readPeakBytes() } satisfies Sample, () => process.exit());

async function measureCeiling(logger: Logger): Promise<Timing> {
  logger.add(
    new (class extends Transport {
      override log(_info: unknown, callback: () => void): void {
        callback();
      }
    })(),
  );
  const { rows } = await processRecord(toStreamRecord(records[0] as Uint8Array, Date.now()), options);
  const items = [...rows];
  const owner = { settle: () => {} };
  return measureSteps(
    async () => {
      for (const item of items) {
        const record: FlowLogInfo = { item, owner };
        const info = { level: flowLogLevel, message: item.message, snare: item.row, [RECORD]: record };
        if (!logger.write(info)) await once(logger, 'drain');
      }
      return items.length;
    },
    Number(warmUpMs),
    Number(measureMs),
    // Acks come in bursts, so there is no meaningful fastest slice.
    medianOf,
  );
}

/** Works as the plugin does, but with records that are already in memory. */
async function measureAcknowledged(logger: Logger): Promise<Timing> {
  const transport = new SnareTransport({
    type: 'tcp',
    host: '127.0.0.1',
    port: Number(port),
    confirm: confirm as 'closed' | 'written',
  });
  logger.add(transport);
  const onFault = ({ message }: { readonly message: string }) => {
    throw new Error(message);
  };
  transport.reportFaultsTo(onFault);
  const { signal } = new AbortController();
  const sink = createLoggerSink({
    plugin: {},
    logger,
    lines: transport.output,
    acknowledge: 'confirmed',
    clock: systemClock,
    onFault,
    onRecovery: () => {},
    onAdvice: () => {},
    onEnded: () => onFault({ message: 'The logger ended' }),
    signal,
  });
  const acknowledgements = new Acknowledgements(Number(warmUpMs), Number(measureMs));
  const rebuilder = new RecordRebuilder(options);
  const reject = async () => onFault({ message: 'A row was rejected' });
  const owner: RecordOwner = {
    countAcked() {},
    countFiltered: () => onFault({ message: 'A row was filtered' }),
    process: (record) => rebuilder.process(record),
    row: (record, index) => rebuilder.row(record, index),
    rejectEvent: reject,
    reject,
  };
  const { formatLine, maxLineBytes } = transport.output;
  const { maxEventsPerRecord: maxEvents } = options.caps;
  const toLines = createFastLines({ formatLine, maxLineBytes, maxEvents, needsRows: true });
  for (let next = 0; !acknowledgements.isEnough; next = (next + 1) % records.length) {
    const ack = () => acknowledgements.add(flowsPerRecord);
    const record = toStreamRecord(records[next] as Uint8Array, Date.now(), ack);
    const processed = await processRecord(record, { ...options, toLines });
    await sink.take(processed, new OpenRecord(record, owner));
    // Yields to sockets and timers between two records, as the plugin does while it reads.
    await new Promise(setImmediate);
  }
  return acknowledgements.timing();
}
