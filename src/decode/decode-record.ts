/**
 * Decodes the bytes of one Kinesis record into the envelopes of a CloudWatch Logs subscription. Nothing is lost: everything
 * outside an envelope or a control message is in a part that was rejected with its reason.
 */
import { constants } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import type { Envelope, Rejected, RejectReason } from '../envelope.js';
import { decodeGzip, isGzip } from './decode-gzip.js';
import { parseJsonParts } from './parse-json-parts.js';
import { parsePayload } from './parse-payload.js';

export interface DecodeCaps {
  /** Bytes of JSON that one record may hold, after gunzip. */
  readonly maxRecordBytes: number;
  /** Log events that one record may hold; a payload without events counts as one. */
  readonly maxEventsPerRecord: number;
}

export interface DecodedRecord {
  readonly envelopes: readonly Envelope[];
  /** Number of CONTROL_MESSAGE payloads skipped: CloudWatch Logs sends them to probe the stream. */
  readonly controlMessages: number;
  readonly rejected: readonly Rejected[];
}

/**
 * Accepts gzip (one or more members), plain JSON, and several JSON objects back to back in either. Never throws, whatever the
 * bytes. If nothing in the record is usable, `rejected` is one part: the unchanged record.
 */
export function decodeRecord(data: Uint8Array, caps: DecodeCaps): DecodedRecord {
  return decodeText(data, expandRecord(data, caps.maxRecordBytes), caps);
}

/** The second half of `decodeRecord`. */
export function decodeText(data: Uint8Array, { json, rejected }: ExpandedRecord, caps: DecodeCaps): DecodedRecord {
  const decoded = decodePayloads(json, caps.maxEventsPerRecord);
  const { envelopes, controlMessages } = decoded;
  // They are kept longer than the text.
  const kept = decoded.rejected.map((part) => ({ ...part, data: Uint8Array.from(part.data) }));
  const allRejected = [...kept, ...rejected];
  if (envelopes.length > 0 || controlMessages > 0) {
    return { envelopes, controlMessages, rejected: compress(allRejected, data.length) };
  }
  const [first] = allRejected;
  const detail = 'Expected a subscription payload, got nothing';
  return { envelopes, controlMessages, rejected: [first ? { ...first, data } : { reason: 'empty', detail, data }] };
}

/**
 * A small record of gzip may contain much that is rejected. Compressed, the rejected parts take about as much memory as the
 * record. They can be decoded as a record, since a record may be gzip.
 */
function compress(rejected: readonly Rejected[], recordBytes: number): readonly Rejected[] {
  const bytes = rejected.reduce((sum, { data }) => sum + data.length, 0);
  if (bytes <= Math.max(recordBytes, LEAST_COMPRESSED)) return rejected;
  return rejected.map((part) => (isGzip(part.data) ? part : { ...part, data: gzipSync(part.data, { level: 1 }) }));
}

const LEAST_COMPRESSED = 16 * 1024;

export interface ExpandedRecord {
  /** The text of the record, as far as it could be decoded. Valid until the next record is expanded. */
  readonly json: Uint8Array;
  readonly rejected: readonly Rejected[];
}

/** The first half of `decodeRecord`: gunzips where there is gzip. Never throws. */
export function expandRecord(data: Uint8Array, maxRecordBytes: number): ExpandedRecord {
  // The bytes become one string, and a string longer than this throws.
  const maxBytes = Math.min(maxRecordBytes, constants.MAX_STRING_LENGTH);
  if (isGzip(data)) {
    const { bytes, fault } = decodeGzip(data, maxBytes);
    if (!fault) return { json: bytes, rejected: [] };
    const { reason, detail, offset } = fault;
    return { json: bytes, rejected: [{ reason, detail, data: data.subarray(offset) }] };
  }
  if (data.length > maxBytes) {
    const detail = `Expected at most ${maxBytes} bytes, got ${data.length}`;
    return { json: new Uint8Array(), rejected: [{ reason: 'too-large', detail, data }] };
  }
  return { json: data, rejected: [] };
}

/** Each payload costs some ten microseconds, however small. A relay that joins payloads creates far fewer. */
export const MAX_PAYLOADS = 1000;
/** Each rejected part becomes a dead letter, however small. */
export const MAX_REJECTED = 100;
/**
 * An event has three values, or some forty with the fields that CloudWatch Logs can extract. Those come with far more text, so
 * that 16 MiB of such events stay below this. Values with distinct names take some 1.5 microseconds each to parse.
 */
const VALUES_PER_EVENT = 6;
const LEAST_MAX_VALUES = 600_000;

function decodePayloads(json: Uint8Array, maxEvents: number): DecodedRecord {
  const envelopes: Envelope[] = [];
  const rejected: Rejected[] = [];
  let controlMessages = 0;
  let payloads = 0;
  let events = 0;

  const maxValues = Math.max(LEAST_MAX_VALUES, VALUES_PER_EVENT * maxEvents);
  for (const part of parseJsonParts(json, maxValues)) {
    // One part, however many payloads are left: so the caps also bound the cost of a record of tiny objects.
    const rejectRest = (reason: RejectReason, detail: string) => {
      rejected.push({ reason, detail, data: json.subarray(part.start) });
    };
    if (rejected.length >= MAX_REJECTED) {
      rejectRest('too-many-rejected', `Expected at most ${MAX_REJECTED} parts of no use in a record, got more`);
      break;
    }
    if (payloads >= MAX_PAYLOADS) {
      rejectRest('too-many-payloads', `Expected at most ${MAX_PAYLOADS} payloads in a record, got more`);
      break;
    }
    payloads += 1;
    const payload = parsePayload(part, maxEvents - events);
    events += payload.kind === 'data' ? Math.max(1, payload.eventCount) : 1;
    if (payload.kind === 'too-many-events' || events > maxEvents) {
      rejectRest('too-many-events', `Expected at most ${maxEvents} log events in a record, got more`);
      break;
    }
    if (payload.kind === 'data') envelopes.push(payload.envelope);
    if (payload.kind === 'control') controlMessages += 1;
    for (const fault of payload.rejected) rejected.push(fault);
  }
  return { envelopes, controlMessages, rejected };
}
