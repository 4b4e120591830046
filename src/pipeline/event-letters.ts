/**
 * Dead letters of log events, one for each kind in a record. A letter for each event would repeat the names of its log group
 * every time, and a small gzip record can contain a hundred thousand events.
 */
import { gzipSync } from 'node:zlib';
import { toPayload } from '../decode/parse-payload.js';
import type { Envelope } from '../envelope.js';
import type { StreamRecord } from '../record.js';
import { type DeadLetter, toLetter } from './dead-letter-file.js';
import type { EventRow } from './parse-event.js';

/** One letter per reason. */
export function toUnparsedLetters(record: StreamRecord, rows: readonly EventRow[]): readonly DeadLetter[] {
  return Array.from(
    groupBy(rows, ({ reason }) => reason ?? ''),
    ([reason, some]) => {
      const detail = 'Fits no format of input.formats and no default format of AWS';
      const envelopes = Array.from(
        groupBy(some, ({ source }) => source),
        ([source, of]) => ({ ...source, events: of.map(({ event }) => event) }),
      );
      const why = { reason, detail, logGroup: envelopes[0]?.logGroup, logEvents: some.length };
      return toEventsLetter(record, why, envelopes);
    },
  );
}

/** It names no log group, so that made-up names share one quota of the dead-letter file. */
export function toOtherLetter(record: StreamRecord, envelopes: readonly Envelope[]): DeadLetter {
  const detail = 'Names a log group or an account that input.logGroups and input.accounts do not';
  return toEventsLetter(record, { reason: 'other-log-group', detail }, envelopes);
}

export function countEvents(envelopes: readonly Envelope[]): number {
  return envelopes.reduce((sum, { events }) => sum + events.length, 0);
}

/** Payloads from this size on are compressed: the content of a small gzip record could take far more room than the record. */
const largePayload = 16 * 1024;

/** One payload per envelope, back to back. */
function toEventsLetter(
  { shardId, sequenceNumber }: StreamRecord,
  { detail, ...why }: Pick<DeadLetter, 'reason' | 'detail' | 'logGroup' | 'logEvents'>,
  envelopes: readonly Envelope[],
): DeadLetter {
  const bytes = Buffer.concat(envelopes.map((envelope) => toPayload(envelope, envelope.events)));
  const data = bytes.length > largePayload ? gzipSync(bytes, { level: 1 }) : bytes;
  return toLetter({
    shardId,
    sequenceNumber,
    ...why,
    detail: `${detail} (log events: ${countEvents(envelopes)})`,
    data,
  });
}

function groupBy<Item, Key>(items: readonly Item[], toKey: (item: Item) => Key): ReadonlyMap<Key, readonly Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = toKey(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
