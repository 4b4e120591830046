/** Connects the fast path to the stages that it bypasses: from the text of a record to the lines of an output. */
import { MAX_PAYLOADS } from '../decode/decode-record.js';
import { parsePayload, toLogEvent } from '../decode/parse-payload.js';
import type { EnvelopeSource } from '../envelope.js';
import { LineBuffers } from '../fast-path/line-buffers.js';
import { LineTransform } from '../fast-path/line-transform.js';
import type { OddEvent, OddPlace } from '../fast-path/types.js';
import type { FlowLogFormat } from '../flow-log-format.js';
import type { LineFormatter } from '../line-format.js';
import { toFlowLogRow } from '../snare/row.js';
import { formatRfc3339Nano } from '../snare/time.js';
import { type EventRow, parseEvent } from './parse-event.js';
import type { ToLines } from './process-record.js';

export interface FastLinesOptions {
  readonly formatLine: LineFormatter;
  /** Longest line that the output allows. */
  readonly maxLineBytes: number;
  readonly maxEvents: number;
  /** If left out, the log events of every log group are accepted. */
  readonly accepts?: ((place: Pick<EnvelopeSource, 'owner' | 'logGroup'>) => boolean) | undefined;
  /** Whether rows are needed besides the lines. */
  readonly needsRows?: boolean | undefined;
}

/**
 * Longest text of a record for the fast path, which holds all of its lines in memory before the first is sent. CloudWatch Logs
 * puts up to 1 MB of gzip into a record; the general path sends a longer record in parts.
 */
const maxTextBytes = 8 * 1024 * 1024;
/** Half a write: two blocks are sent while two are filled. */
const blockBytes = 256 * 1024;
const maxFreeBlocks = 32;

export function createFastLines({
  formatLine,
  maxLineBytes,
  maxEvents,
  accepts,
  needsRows,
}: FastLinesOptions): ToLines {
  /** The formats for the current record; a record is transformed synchronously. */
  let known: Parameters<ToLines>[2];
  let processing: Parameters<ToLines>[3];
  const transform = new LineTransform<FlowLogFormat, EventRow>({
    general: {
      formatLine: (format, { values, message, timestamp, collected }) =>
        formatLine(toFlowLogRow({ format, values }, { timestamp, message }, collected), message),
      formatTime: formatRfc3339Nano,
      toSource,
      takeOdd: (event, place) => {
        const item = parseOdd(event, place);
        if (item && processing.sending?.isRepeat(item.source, item.event)) return 'repeat';
        if (item?.reason === undefined) return item && toOdd(item, Buffer.from(formatLine(item.row, item.message)));
        // A lookup may find a format that fits; the general path waits for it.
        if (processing.formats.isDue(item.source)) return undefined;
        const isLine = processing.unparsed === 'generic';
        return toOdd(item, isLine ? Buffer.from(formatLine(item.row, item.message)) : undefined);
      },
    },
    // The general path waits for the formats of a group, and handles groups that are not accepted.
    selectFormats: ({ owner, logGroup, logStream }) =>
      known.knows(logGroup, owner) && (accepts === undefined || accepts({ owner, logGroup }))
        ? known.select(logGroup, logStream, owner)
        : noFormats,
    maxEvents,
    maxEnvelopes: MAX_PAYLOADS,
    maxLineBytes,
    needsFlowLogs: needsRows,
    buffers: new LineBuffers({ blockBytes, maxFree: maxFreeBlocks }),
  });
  return (text, collected, formats, options) => {
    known = formats;
    processing = options;
    const { sending, tally } = options;
    if (text.length > maxTextBytes) return undefined;
    // Rows are made of the text later, when the next record has taken its memory.
    return transform.transform(needsRows ? Uint8Array.from(text) : text, collected, sending, tally);
  };
}

const noFormats: readonly FlowLogFormat[] = [];

function toOdd(odd: EventRow, line: Uint8Array | undefined): OddEvent<EventRow> {
  return { line, odd, timestamp: odd.event.timestamp };
}

/** Undefined if it is not a log event with a message. */
function parseOdd(
  value: unknown,
  { source, formats, collected, index }: OddPlace<FlowLogFormat>,
): EventRow | undefined {
  const event = toLogEvent(value);
  return event && parseEvent(event, index, source, formats, collected);
}

function toSource(envelope: object): EnvelopeSource | undefined {
  // A payload without its type may be a probe, which only its events reveal.
  if ((envelope as { messageType?: unknown }).messageType !== 'DATA_MESSAGE') return undefined;
  const value = { ...envelope, logEvents: [] };
  const payload = parsePayload({ value, bytes: new Uint8Array(), start: 0, hasTooManyValues: false }, 0);
  return payload.kind === 'data' ? payload.envelope : undefined;
}
