/**
 * The designs that are measured in one thread: single stages, and whole transforms from a record to the bytes of its lines. A
 * design takes the records of an input and returns a step that handles the next record, in a cycle.
 */
import { gunzipSync } from 'node:zlib';
import { decodeGzip } from '../../src/decode/decode-gzip.js';
import { decodeRecord } from '../../src/decode/decode-record.js';
import { parseFlowLog } from '../../src/flow-log/parse.js';
import type { FlowLog } from '../../src/flow-log.js';
import type { LineFormat } from '../../src/line-format.js';
import { createFormatter } from '../../src/pipeline/open-output.js';
import { processRecord } from '../../src/pipeline/process-record.js';
import { toFlowLogRow } from '../../src/snare/row.js';
import { formatsOf, type InputSpec } from './inputs.js';
import type { Step } from './measure-steps.js';
import { plainTransform } from './plain-transform.js';
import { createProcessOptions, createProductTransform, toStreamRecord } from './product-transform.js';

export type Design = (records: readonly Uint8Array[], spec: InputSpec) => Step | Promise<Step>;

export const lineFormats = ['snare', 'snare-tab', 'raw', 'syslog', 'json'] as const satisfies readonly LineFormat[];

export const stageNames = [
  ...['gunzip', 'gunzip of the product', 'decode', 'parse', 'row'],
  ...lineFormats.map((format) => `line ${format}`),
];

/** Flow logs whose events, logs or rows are prepared for a stage; more would only use memory. */
const preparedFlows = 16_000;
const collected = { atMs: Date.UTC(2026, 0, 15, 12, 0, 0, 250), offsetMinutes: 0 };

export const designs: Readonly<Record<string, Design>> = {
  gunzip: (records, spec) =>
    round(records, (record) => {
      use(gunzipSync(record).length);
      return spec.flowsPerRecord;
    }),
  'gunzip of the product': (records, spec) =>
    round(records, (record) => {
      use(decodeGzip(record, 2 ** 30).bytes.length);
      return spec.flowsPerRecord;
    }),
  plain: (records, spec) =>
    round(records, (record) => {
      use(plainTransform(record, collected.atMs).length);
      return spec.flowsPerRecord;
    }),
  decode: (records, spec) => {
    const { caps } = createProcessOptions(formatsOf(spec));
    return round(records, (record) => {
      use(decodeRecord(record, caps).envelopes.length);
      return spec.flowsPerRecord;
    });
  },
  parse: (records, spec) =>
    round(parseAll(records, spec), (events) => {
      for (const { message, candidates } of events) use('values' in parseFlowLog(message, candidates) ? 1 : 0);
      return events.length;
    }),
  row: (records, spec) =>
    round(parseAll(records, spec), (events) => {
      for (const { flowLog, event } of events) use(toFlowLogRow(flowLog, event, collected).DATETIME.length);
      return events.length;
    }),
  ...Object.fromEntries(lineFormats.map((format) => [`line ${format}`, formatDesign(format)])),
  ...Object.fromEntries(lineFormats.map((format) => [`transform ${format}`, transformDesign(format)])),
};

function formatDesign(format: LineFormat): Design {
  return async (records, spec) => {
    const options = createProcessOptions(formatsOf(spec));
    const formatLine = createFormatter({ format, hostname: 'collector' });
    const all = await Promise.all(
      few(records, spec).map(async (record) => {
        const { rows } = await processRecord(toStreamRecord(record, collected.atMs), options);
        return [...rows].map(({ row, message }) => ({ row, message }));
      }),
    );
    return round(all, (rows) => {
      for (const { row, message } of rows) use(formatLine(row, message).length);
      return rows.length;
    });
  };
}

function transformDesign(format: LineFormat): Design {
  return (records, spec) => {
    const transform = createProductTransform(format, formatsOf(spec));
    return round(records, async (record) => {
      for (const { length } of await transform(record, collected.atMs)) use(length);
      return spec.flowsPerRecord;
    });
  };
}

function parseAll(records: readonly Uint8Array[], spec: InputSpec) {
  const { caps, formats } = createProcessOptions(formatsOf(spec));
  const decoded = few(records, spec).map((record) => decodeRecord(record, caps));
  return decoded.map(({ envelopes }) =>
    envelopes.flatMap(({ logGroup, logStream, events }) => {
      const candidates = formats.current.select(logGroup, logStream);
      return events.map((event) => {
        const { message } = event;
        return { event, message, candidates, flowLog: parseFlowLog(message, candidates) as FlowLog };
      });
    }),
  );
}

function few(records: readonly Uint8Array[], { flowsPerRecord }: InputSpec): readonly Uint8Array[] {
  return records.slice(0, Math.max(1, Math.ceil(preparedFlows / flowsPerRecord)));
}

function round<Item>(items: readonly Item[], handle: (item: Item) => number | Promise<number>): Step {
  let next = 0;
  return () => {
    const item = items[next] as Item;
    next = (next + 1) % items.length;
    return handle(item);
  };
}

let used = 0;

/** Prevents the compiler from removing the work because its result is unused. */
function use(result: number): void {
  used = (used + result) | 0;
}

export function usedResult(): number {
  return used;
}
