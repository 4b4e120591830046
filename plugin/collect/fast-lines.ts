/** Puts the fast path between the stages that it runs past: from the text of a record to lines of an output. */
import { parsePayload } from '../../src/decode/parse-payload.js';
import { LineBuffers } from '../../src/fast-path/line-buffers.js';
import { type EventSource, LineTransform, type TransformedLines } from '../../src/fast-path/line-transform.js';
import type { FlowLogFormat } from '../../src/flow-log/format.js';
import type { KnownFormats } from '../../src/flow-log/format-source.js';
import type { LineFormatter } from '../../src/snare/line.js';
import { toFlowLogRow } from '../../src/snare/row.js';
import { formatRfc3339Nano } from '../../src/snare/time.js';
import type { RecordLines, ToLines } from './process-record.js';

export interface FastLinesOptions {
  readonly formatLine: LineFormatter;
  /** Longest line that the output can carry. */
  readonly maxLineBytes: number;
  readonly maxEvents: number;
  /** Whether rows are needed beside the lines. */
  readonly needsRows?: boolean | undefined;
}

/**
 * Longest text of a record that is taken: all of its lines are in memory before the first goes out. CloudWatch Logs puts up
 * to 1 MB of gzip into a record; what is longer comes in pieces from the general path.
 */
const maxTextBytes = 8 * 1024 * 1024;
/** Half a write: two blocks go out while two are filled. */
const blockBytes = 256 * 1024;
const maxFreeBlocks = 32;

export function createFastLines({ formatLine, maxLineBytes, maxEvents, needsRows }: FastLinesOptions): ToLines {
  /** Those of the record that is under way; a record is transformed in one go. */
  let formats: KnownFormats;
  const transform = new LineTransform<FlowLogFormat>({
    general: {
      formatLine: (format, { values, message, timestamp, collected }) =>
        formatLine(toFlowLogRow({ format, values }, { timestamp, message }, collected), message),
      formatTime: formatRfc3339Nano,
    },
    parseSource,
    // Before the formats of a group are known, its records are for the general path, which waits for them.
    selectFormats: ({ owner, logGroup, logStream }) =>
      formats.knows(logGroup, owner) ? formats.select(logGroup, logStream, owner) : noFormats,
    maxEvents,
    maxLineBytes,
    needsFlowLogs: needsRows,
    buffers: new LineBuffers({ blockBytes, maxFree: maxFreeBlocks }),
  });
  return (text, collected, known) => {
    formats = known;
    const lines = text.length > maxTextBytes ? undefined : transform.transform(text, collected);
    return lines && toRecordLines(lines, formatLine);
  };
}

/** One by one: a copy of all takes several times as long, which shows where records are small. */
function toRecordLines(
  { parts, counts, flowLogs, formats }: TransformedLines<FlowLogFormat>,
  formatLine: LineFormatter,
): RecordLines {
  return { parts, counts, flowLogs, formats, formatLine };
}

const noFormats: readonly FlowLogFormat[] = [];

function parseSource(text: string): EventSource | undefined {
  const value = parseJson(text);
  // A payload without its type may be a probe, which its events tell.
  if ((value as { messageType?: unknown } | undefined)?.messageType !== 'DATA_MESSAGE') return undefined;
  const payload = parsePayload({ value, bytes: new Uint8Array(), start: 0, hasTooManyValues: false }, 0);
  return payload.kind === 'data' && payload.eventCount === 0 ? payload.envelope : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
