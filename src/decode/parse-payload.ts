/**
 * Tells what one JSON value is to us: a payload with log events, a control message, or neither. The shape is that of
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html; keys it does not name are ignored.
 */
import type { Envelope, EnvelopeSource, LogEvent } from './envelope.js';
import type { JsonPart } from './parse-json-parts.js';
import type { Rejected, RejectReason } from './rejected.js';
import { toPayload } from './to-payload.js';

export type Payload =
  | {
      readonly kind: 'data';
      readonly envelope: Envelope;
      /** Events in the payload, usable or not. */
      readonly eventCount: number;
      readonly rejected: readonly Rejected[];
    }
  | { readonly kind: 'control' | 'rejected'; readonly rejected: readonly Rejected[] };

/** A payload may lack its messageType, not its events. Each event without a message is rejected as a payload of one. */
export function parsePayload({ value, bytes }: JsonPart): Payload {
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
  return parseData(toSource(value), logEvents, bytes);
}

function parseData(source: EnvelopeSource, logEvents: readonly unknown[], bytes: Uint8Array): Payload {
  const events: LogEvent[] = [];
  const rejected: Rejected[] = [];
  for (const logEvent of logEvents) {
    if (isObject(logEvent) && typeof logEvent.message === 'string') {
      const { id, timestamp, message } = logEvent;
      events.push({ id: toText(id), timestamp: toTimestamp(timestamp), message });
      continue;
    }
    const data = toPayloadOrUndefined(source, logEvent);
    const detail = 'Expected a log event with the key "message" and a string, got none';
    if (data === undefined) return reject('bad-event', detail, bytes);
    rejected.push({ reason: 'bad-event', detail, data });
  }
  return { kind: 'data', envelope: { ...source, events }, eventCount: logEvents.length, rejected };
}

/** JSON.parse takes any depth, JSON.stringify does not. */
function toPayloadOrUndefined(source: EnvelopeSource, logEvent: unknown): Uint8Array | undefined {
  try {
    return toPayload(source, [logEvent]);
  } catch {
    return undefined;
  }
}

/** AWS also sends its probe without a messageType: its words and its owner, spelt like this, are what is left. */
function isProbe(owner: unknown, logEvents: readonly unknown[]): boolean {
  return (
    owner === 'CloudwatchLogs' &&
    logEvents.length > 0 &&
    logEvents.every((event) => isObject(event) && toText(event.message).includes('CWL CONTROL MESSAGE'))
  );
}

function toSource(payload: JsonObject): EnvelopeSource {
  const { owner, logGroup, logStream, subscriptionFilters } = payload;
  return {
    owner: toText(owner),
    logGroup: toText(logGroup),
    logStream: toText(logStream),
    subscriptionFilters: Array.isArray(subscriptionFilters)
      ? subscriptionFilters.filter((name) => typeof name === 'string')
      : [],
  };
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

function reject(reason: RejectReason, detail: string, data: Uint8Array): Payload {
  return { kind: 'rejected', rejected: [{ reason, detail, data }] };
}
