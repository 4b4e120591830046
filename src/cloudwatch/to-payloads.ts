/**
 * Puts fetched log events into the payloads that a subscription would have sent, so that they are read like the records of a
 * stream. The order within a log stream is kept.
 */
import type { FetchedEvent } from './api.js';

export interface PayloadSource {
  /** The AWS account of the log group; empty if unknown. */
  readonly owner: string;
  /** Name of the log group. */
  readonly logGroup: string;
}

export interface PayloadLimits {
  readonly maxEvents: number;
  /** Bytes of one payload; a single event may be longer. */
  readonly maxBytes: number;
}

export interface EventsPayload {
  /** The id of its first event. */
  readonly firstId: string;
  readonly events: number;
  /** Plain JSON in UTF-8. */
  readonly data: Uint8Array;
}

export function* toPayloads(
  events: readonly FetchedEvent[],
  { owner, logGroup }: PayloadSource,
  limits: PayloadLimits,
): Generator<EventsPayload> {
  for (const [logStream, ofStream] of groupByStream(events)) {
    const envelope = { messageType: 'DATA_MESSAGE', owner, logGroup, logStream, subscriptionFilters: [] };
    const head = `${JSON.stringify(envelope).slice(0, -1)},"logEvents":[`;
    let texts: string[] = [];
    let bytes = Buffer.byteLength(head);
    let firstId = '';
    const end = (): EventsPayload => ({
      firstId,
      events: texts.length,
      data: Buffer.from(`${head}${texts.join(',')}]}`),
    });
    for (const { id, timestamp, message } of ofStream) {
      const text = JSON.stringify({ id, timestamp, message });
      const textBytes = Buffer.byteLength(text) + 1;
      if (texts.length > 0 && (texts.length >= limits.maxEvents || bytes + textBytes >= limits.maxBytes)) {
        yield end();
        texts = [];
        bytes = Buffer.byteLength(head);
      }
      if (texts.length === 0) firstId = id;
      texts.push(text);
      bytes += textBytes;
    }
    yield end();
  }
}

function groupByStream(events: readonly FetchedEvent[]): ReadonlyMap<string, readonly FetchedEvent[]> {
  const streams = new Map<string, FetchedEvent[]>();
  for (const event of events) {
    const known = streams.get(event.logStream);
    if (known) known.push(event);
    else streams.set(event.logStream, [event]);
  }
  return streams;
}
