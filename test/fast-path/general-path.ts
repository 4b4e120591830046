/** The fast path beside the general one, which has to give the same for whatever the fast path takes. */
import { type FormatRule, toFormatList } from '../../src/flow-log/format-list.js';
import { createFixedFormats } from '../../src/flow-log/format-source.js';
import type { DeadLetter } from '../../src/pipeline/dead-letter-file.js';
import { createFastLines } from '../../src/pipeline/fast-lines.js';
import type { FlowLogRow } from '../../src/pipeline/parse-event.js';
import { type ProcessedRecord, type ProcessOptions, processRecord } from '../../src/pipeline/process-record.js';
import { SentEvents } from '../../src/pipeline/sent-events.js';
import type { StreamRecord } from '../../src/record.js';
import { PluginEmitter } from '../../src/report/events.js';
import { Counters } from '../../src/report/stats.js';
import { createLineFormatter, type LineOptions } from '../../src/snare/line.js';
import type { HourTallies } from '../../src/tally.js';

export interface PathOptions {
  readonly rules?: readonly FormatRule[];
  readonly line?: LineOptions;
  readonly maxLineBytes?: number;
  readonly maxEvents?: number;
  readonly offsetMinutes?: number;
  readonly unparsed?: 'generic' | 'dead-letter';
  /** A record whose events were sent before. */
  readonly sent?: Uint8Array;
}

export interface BothPaths {
  /** Undefined when the fast path did not take the record. */
  fast(text: Uint8Array): Promise<Came | undefined>;
  general(text: Uint8Array): Promise<Came>;
  /** How many events the walk did not take itself; undefined when the fast path did not take the record. */
  countOdd(text: Uint8Array): Promise<number | undefined>;
}

/** What came of a record: its lines, their rows, its dead letters, and all that was counted and reported. */
export interface Came {
  readonly lines: string;
  readonly rows: readonly FlowLogRow[];
  readonly deadLetters: readonly Omit<DeadLetter, 'time'>[];
  readonly logEvents: number;
  readonly isWhole: boolean;
  readonly repeats: number;
  /** What the record adds to the ledger, by source and hour. */
  readonly tallied: readonly unknown[];
  readonly counted: Partial<Counters>;
  readonly reported: readonly unknown[];
}

export function createPaths(options: PathOptions = {}): BothPaths {
  const { rules = [], line = { format: 'snare' }, maxLineBytes = 4 * 1024 * 1024, maxEvents = 100_000 } = options;
  const formats = toFormatList(rules);
  const formatLine = createLineFormatter(line);
  const toLines = createFastLines({ formatLine, maxLineBytes, maxEvents, needsRows: true });
  const clock = { offsetMinutes: () => options.offsetMinutes ?? 0 };

  const process = async (data: Uint8Array, isFast: boolean) => {
    const counters = new Counters();
    const events = new PluginEmitter();
    const reported: unknown[] = [];
    events.on('skip-data', (event) => reported.push(['skip-data', event]));
    events.on('unparsed', (event) => reported.push(['unparsed', event]));
    let repeats = 0;
    const onRepeats = (number: number) => {
      repeats += number;
    };
    const caps = { maxRecordBytes: 16 * 1024 * 1024, maxEventsPerRecord: maxEvents };
    const sent = options.sent && new SentEvents({ caps, onRepeats });
    const run = async (data: Uint8Array, isFetched: boolean, counting: Pick<ProcessOptions, 'counters' | 'events'>) => {
      const place = { shardId: 'shard', sequenceNumber: '1', arrivalMs: undefined };
      const record: StreamRecord = { ...place, data, readMs: 1_668_723_002_500, isFetched, ack: () => {} };
      await sent?.prepare(record);
      const processed = await processRecord(record, {
        caps,
        formats: createFixedFormats(formats),
        unparsed: options.unparsed ?? 'generic',
        clock: clock as never,
        ...counting,
        toLines: isFast ? toLines : undefined,
        sending: sent?.begin(),
        isTallied: true,
      });
      const rows = Array.from(processed.rows, ({ row, message, index }) => ({ row, message, index }));
      sent?.commit(record);
      return { processed, rows };
    };
    if (options.sent) {
      const { processed } = await run(options.sent, false, { counters: new Counters(), events: new PluginEmitter() });
      for (const part of processed.lines?.parts ?? []) part.free();
    }
    const { processed, rows } = await run(data, options.sent !== undefined, { counters, events });
    const deadLetters = processed.deadLetters.map(({ time: _, ...letter }) => letter);
    const { events: logEvents, isWhole } = processed;
    const tallied = sumTally(processed.tally);
    return { processed, rows, came: { deadLetters, logEvents, isWhole, repeats, tallied }, counters, reported };
  };
  return {
    async fast(text) {
      const { processed, rows, came, counters, reported } = await process(text, true);
      if (!processed.lines) return undefined;
      return { ...came, lines: readParts(processed), rows, counted: counters, reported: sorted(reported) };
    },
    async general(text) {
      const { rows, came, counters, reported } = await process(text, false);
      const lines = rows.map(({ row, message }) => formatLine(row, message)).join('');
      return { ...came, lines, rows, counted: counters, reported: sorted(reported) };
    },
    async countOdd(text) {
      const { lines } = (await process(text, true)).processed;
      for (const part of lines?.parts ?? []) part.free();
      return lines?.odd.length;
    },
  };
}

/** The two paths report the kinds of a record in another order. */
function sorted(reported: readonly unknown[]): readonly unknown[] {
  return reported.map((event) => JSON.stringify(event)).toSorted();
}

/** Reads the lines, then gives their memory back, to be written over by the next record. */
function readParts({ lines }: ProcessedRecord): string {
  const parts = lines?.parts ?? [];
  const text = Buffer.concat(parts.map(({ bytes }) => bytes)).toString();
  for (const part of parts) part.free();
  return text;
}

/** Both paths may cut the same events into other runs. */
function sumTally(tally: HourTallies | undefined): readonly unknown[] {
  const sums = new Map<string, Record<string, number>>();
  tally?.forEach(({ source, hour, events, deadLettered, filtered, unparsed, skipData }) => {
    const counts = { events, deadLettered, filtered, unparsed, skipData };
    const { owner, logGroup, subscriptionFilters } = source;
    const key = JSON.stringify([hour, owner, logGroup, subscriptionFilters]);
    const sum = sums.get(key) ?? {};
    for (const [name, number] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + number;
    if (counts.events > 0) sums.set(key, sum);
  });
  return [...sums].sort(([left], [right]) => (left < right ? -1 : 1));
}
