/** The fast path beside the general one, which has to give the same for whatever the fast path takes. */
import { createFastLines } from '../../plugin/collect/fast-lines.js';
import { type FlowLogRow, type ProcessedRecord, processRecord } from '../../plugin/collect/process-record.js';
import { PluginEmitter } from '../../plugin/events.js';
import { Counters } from '../../plugin/stats.js';
import { createFormatList, type FormatRule } from '../../src/flow-log/format-list.js';
import { createFixedFormats } from '../../src/flow-log/format-source.js';
import { createLineFormatter, type LineOptions } from '../../src/snare/line.js';

export interface PathOptions {
  readonly rules?: readonly FormatRule[];
  readonly line?: LineOptions;
  readonly maxLineBytes?: number;
  readonly maxEvents?: number;
  readonly offsetMinutes?: number;
}

export interface BothPaths {
  /** Undefined when the fast path did not take the record. */
  fast(text: Uint8Array): Promise<Came | undefined>;
  general(text: Uint8Array): Promise<Came>;
}

/** What came of a record: its lines, their rows, and all that was counted. */
export interface Came {
  readonly lines: string;
  readonly rows: readonly FlowLogRow[];
  readonly counted: Partial<Counters>;
}

export function createPaths(options: PathOptions = {}): BothPaths {
  const { rules = [], line = { format: 'snare' }, maxLineBytes = 4 * 1024 * 1024, maxEvents = 100_000 } = options;
  const formats = createFormatList(rules);
  if ('faults' in formats) throw new TypeError(formats.faults.map(({ fault }) => fault).join('; '));
  const formatLine = createLineFormatter(line);
  const toLines = createFastLines({ formatLine, maxLineBytes, maxEvents, needsRows: true });
  const clock = { offsetMinutes: () => options.offsetMinutes ?? 0 };

  const process = async (data: Uint8Array, isFast: boolean) => {
    const counters = new Counters();
    const processed = await processRecord(
      { shardId: 'shard', sequenceNumber: '1', data, readMs: 1_668_723_002_500, arrivalMs: undefined, ack: () => {} },
      {
        caps: { maxRecordBytes: 16 * 1024 * 1024, maxEventsPerRecord: maxEvents },
        formats: createFixedFormats(formats),
        unparsed: 'generic',
        clock: clock as never,
        counters,
        events: new PluginEmitter(),
        toLines: isFast ? toLines : undefined,
      },
    );
    return { processed, counters };
  };
  return {
    async fast(text) {
      const { processed, counters } = await process(text, true);
      if (!processed.lines) return undefined;
      const lines = readParts(processed);
      return { lines, rows: [...processed.rows], counted: counters };
    },
    async general(text) {
      const { processed, counters } = await process(text, false);
      const rows = Array.from(processed.rows, ({ row, message, index }) => ({ row, message, index }));
      return { lines: rows.map(({ row, message }) => formatLine(row, message)).join(''), rows, counted: counters };
    },
  };
}

/** Reads the lines, then gives their memory back, to be written over by the next record. */
function readParts({ lines }: ProcessedRecord): string {
  const parts = lines?.parts ?? [];
  const text = Buffer.concat(parts.map(({ bytes }) => bytes)).toString();
  for (const part of parts) part.free();
  return text;
}
