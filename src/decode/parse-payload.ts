/**
 * Decides what one JSON value is: a payload with log events, a control message, or neither. For its structure, see
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html; unknown keys are ignored.
 */
import type { Envelope, EnvelopeSource, LogEvent, Rejected, RejectReason } from '../envelope.js';
import type { JsonPart } from './parse-json-parts.js';

export type Payload =
  | {
      readonly kind: 'data';
      readonly envelope: Envelope;
      /** Events in the payload, valid or not. */
      readonly eventCount: number;
      readonly rejected: readonly Rejected[];
    }
  | { readonly kind: 'control' | 'rejected'; readonly rejected: readonly Rejected[] }
  /** It has more events than are allowed; none of them was used. */
  | { readonly kind: 'too-many-events'; readonly rejected: readonly [] };

/** AWS limits the names of log groups, log streams and subscription filters to this. */
export const MAX_NAME_LENGTH = 512;
/** AWS allows two per log group. */
const MAX_FILTERS = 16;

/** A payload may lack its messageType, but not its events. Events without a message are rejected, as a payload of their own. */
export function parsePayload({ value, bytes, hasTooManyValues }: JsonPart, maxEvents: number): Payload {
  if (hasTooManyValues) {
    return reject('too-many-values', 'Expected a payload of log events, got far more values than those have', bytes);
  }
  if (value === undefined) {
    return reject('bad-json', 'Expected a JSON object, got other text', bytes);
  }
  if (!isObject(value)) {
    return reject('not-a-payload', 'Expected an object, got another JSON value', bytes);
  }
  const { messageType, logEvents } = value;
  if (messageType === 'CONTROL_MESSAGE') return { kind: 'control', rejected: [] };
  if (!Array.isArray(logEvents)) {
    return reject('not-a-payload', 'Expected the key "logEvents" with an array, got an object without it', bytes);
  }
  if (typeof messageType !== 'string' && isProbe(value.owner, logEvents)) return { kind: 'control', rejected: [] };
  const source = toSource(value);
  if (!source) {
    const detail = `Expected names of at most ${MAX_NAME_LENGTH} characters and ${MAX_FILTERS} filters, got more`;
    return reject('not-a-payload', detail, bytes);
  }
  if (logEvents.length > maxEvents) return { kind: 'too-many-events', rejected: [] };
  return parseData(source, logEvents, bytes);
}

function parseData(source: EnvelopeSource, logEvents: readonly unknown[], bytes: Uint8Array): Payload {
  const events: LogEvent[] = [];
  const bad: unknown[] = [];
  for (const logEvent of logEvents) {
    const event = toLogEvent(logEvent);
    if (event) events.push(event);
    else bad.push(logEvent);
  }
  const rejected: Rejected[] = [];
  if (bad.length > 0) {
    const detail = 'Expected log events with the key "message" and a string, got others';
    const data = events.length > 0 ? toPayloadOrUndefined(source, bad) : undefined;
    // The rewritten payload may be larger than the original: then the whole payload is rejected, unchanged.
    if (!data || data.length > bytes.length + SPARE_BYTES) return reject('bad-event', detail, bytes, source.logGroup);
    const { logGroup } = source;
    rejected.push({ reason: 'bad-event', detail, data, ...(logGroup !== '' && { logGroup }) });
  }
  return { kind: 'data', envelope: { ...source, events }, eventCount: logEvents.length, rejected };
}

/** Room for keys that the payload may have left out. */
const SPARE_BYTES = 256;

/** Undefined if there is no message. */
export function toLogEvent(value: unknown): LogEvent | undefined {
  if (!isObject(value) || typeof value.message !== 'string') return undefined;
  return { id: toText(value.id), timestamp: toTimestamp(value.timestamp), message: value.message };
}

/**
 * The inverse: plain JSON in UTF-8, a DATA_MESSAGE with just these events, unchanged, for a dead letter that `decodeRecord` can
 * read again. A LogEvent survives the round trip, even without a timestamp.
 */
export function toPayload(source: EnvelopeSource, events: readonly unknown[]): Buffer {
  const { owner, logGroup, logStream, subscriptionFilters } = source;
  return Buffer.from(
    JSON.stringify({
      messageType: 'DATA_MESSAGE',
      owner,
      logGroup,
      logStream,
      subscriptionFilters,
      logEvents: events,
    }),
  );
}

/** Undefined for events nested too deeply for JSON.stringify on some version of Node. */
function toPayloadOrUndefined(source: EnvelopeSource, logEvents: readonly unknown[]): Uint8Array | undefined {
  return logEvents.some((logEvent) => isDeeper(logEvent, MAX_DEPTH)) ? undefined : toPayload(source, logEvents);
}

/** Maximum nesting of objects and arrays in a log event. CloudWatch Logs writes two levels. */
export const MAX_DEPTH = 100;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** AWS also sends its probe without a messageType. Then only its text and its owner, spelt exactly so, identify it. */
function isProbe(owner: unknown, logEvents: readonly unknown[]): boolean {
  return (
    owner === 'CloudwatchLogs' &&
    logEvents.length > 0 &&
    logEvents.every((event) => isObject(event) && toText(event.message).includes('CWL CONTROL MESSAGE'))
  );
}

/** Undefined if it has something that AWS does not allow: the cost of long names would multiply with each event. */
function toSource(payload: JsonObject): EnvelopeSource | undefined {
  const { subscriptionFilters } = payload;
  const filters = Array.isArray(subscriptionFilters)
    ? subscriptionFilters.filter((name) => typeof name === 'string')
    : [];
  const source = {
    owner: toText(payload.owner),
    logGroup: toText(payload.logGroup),
    logStream: toText(payload.logStream),
    subscriptionFilters: filters,
  };
  const names = [source.owner, source.logGroup, source.logStream, ...filters.slice(0, MAX_FILTERS)];
  const isAllowed = filters.length <= MAX_FILTERS && names.every((name) => name.length <= MAX_NAME_LENGTH);
  return isAllowed ? source : undefined;
}

const MAX_DATE_MS = 8.64e15;

function toTimestamp(value: unknown): number | undefined {
  const isNumeric = typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,16}$/.test(value));
  const ms = isNumeric ? Math.trunc(Number(value)) : Number.NaN;
  return Math.abs(ms) <= MAX_DATE_MS ? ms : undefined;
}

function toText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reject(reason: RejectReason, detail: string, data: Uint8Array, logGroup = ''): Payload {
  return { kind: 'rejected', rejected: [{ reason, detail, data, ...(logGroup !== '' && { logGroup }) }] };
}
