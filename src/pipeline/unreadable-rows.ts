/**
 * With `unreadable: "generic"`, what would be a dead letter becomes rows of `AWSGenericLog`: its bytes in base64, in as many rows
 * as the longest line of the output requires. No file is written, so it works where none lasts. The bytes of all parts, one
 * after the other, are those of the dead letter.
 */
import type { Collected } from '../collected.js';
import type { StreamRecord } from '../record.js';
import { createLineFormatter } from '../snare/line.js';
import { toUnreadableRow } from '../snare/row.js';
import type { DataMap, SnareRow } from '../snare-row.js';
import type { DeadLetter } from './dead-letter-file.js';
import type { SinkLines } from './open-record.js';
import type { RebuiltRow } from './parse-event.js';

/** The form of the lines, which decides how many bytes fit into one. */
export type LineLimit = Pick<SinkLines, 'formatLine' | 'maxLineBytes'>;

/** For a sink whose lines are not known, such as a logger with several transports. Fits into a datagram. */
export const unknownLines: LineLimit = {
  formatLine: createLineFormatter({ format: 'json' }),
  maxLineBytes: 60 * 1024,
};

/** Even if a line has no room, a row has some bytes; the output then rejects it. */
const minPartBytes = 48;
/** For the length that octet counting puts before a line. */
const spareBytes = 16;

export class UnreadableRow implements RebuiltRow {
  readonly index: number;
  readonly row: SnareRow;
  readonly logGroup: string;
  readonly #data: Uint8Array;

  constructor(index: number, row: SnareRow, logGroup: string, data: Uint8Array) {
    this.index = index;
    this.row = row;
    this.logGroup = logGroup;
    this.#data = data;
  }

  /** For lines that have the message in place of the row. */
  get message(): string {
    return JSON.stringify(this.row.SNAREDATAMAP);
  }

  toPayload(): Uint8Array {
    return this.#data;
  }
}

export interface UnreadableRows {
  readonly count: number;
  /** Iterate once. */
  readonly rows: Iterable<UnreadableRow>;
}

/** @param firstIndex index of the first row, behind those of the log events of the record */
export function toUnreadableRows(
  letters: readonly DeadLetter[],
  record: StreamRecord,
  firstIndex: number,
  collected: Collected,
  lines: LineLimit,
): UnreadableRows {
  const atMs = record.arrivalMs ?? record.readMs;
  const format = (map: DataMap) => toUnreadableRow(atMs, map, collected);
  const plans = letters.map((letter) => planParts(letter, format, lines));
  const count = plans.reduce((sum, { parts }) => sum + parts, 0);
  return { count, rows: cut(plans, firstIndex, format) };
}

interface PartPlan {
  readonly letter: DeadLetter;
  readonly parts: number;
  readonly partBytes: number;
  /** What the rows have besides the part and the bytes. */
  readonly map: DataMap;
}

function planParts(
  letter: DeadLetter,
  format: (map: DataMap) => SnareRow,
  { formatLine, maxLineBytes }: LineLimit,
): PartPlan {
  const { reason, detail, logGroup, shardId, sequenceNumber, data } = letter;
  const place = { reason, shard: shardId, sequenceNumber };
  const full = { ...place, detail, ...(logGroup !== undefined && { logGroup }) };
  const widest = `${data.length}/${data.length}`;
  const roomBeside = (map: DataMap) => {
    const row = format({ ...map, part: widest, data: '' });
    return maxLineBytes - spareBytes - Buffer.byteLength(formatLine(row, JSON.stringify(row.SNAREDATAMAP)));
  };
  // A long explanation must not take the room of the bytes.
  const map = roomBeside(full) > maxLineBytes / 2 ? full : place;
  const partBytes = Math.max(minPartBytes, Math.floor(roomBeside(map) / 4) * 3);
  return { letter, map, partBytes, parts: Math.max(1, Math.ceil(data.length / partBytes)) };
}

function* cut(
  plans: readonly PartPlan[],
  firstIndex: number,
  format: (map: DataMap) => SnareRow,
): Generator<UnreadableRow> {
  let index = firstIndex;
  for (const { letter, map, partBytes, parts } of plans) {
    for (let part = 0; part < parts; part++) {
      const data = letter.data.subarray(part * partBytes, (part + 1) * partBytes);
      const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64');
      const row = format({ ...map, part: `${part + 1}/${parts}`, data: text });
      yield new UnreadableRow(index++, row, letter.logGroup ?? '', data);
    }
  }
}
