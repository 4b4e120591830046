/**
 * Gunzips member by member, so that a fault after the last valid member (garbage, a truncated member, one member too many for
 * the cap) does not lose the valid ones. It would if zlib got the whole input. RFC 1952.
 */
import { crc32 } from 'node:zlib';
import { skipBlanks } from '../json-text.js';
import { inflate } from './inflate.js';

/** Each member costs some 15 microseconds, however small. A relay that joins records creates far fewer. */
export const MAX_MEMBERS = 1000;

export interface Gunzipped {
  /** The decoded members before the fault, at most `maxBytes`. Valid until the next call only, as they share its memory. */
  readonly bytes: Uint8Array;
  /** The first member that did not decode: nothing from `offset` on was used. */
  readonly fault: GzipFault | undefined;
}

export interface GzipFault {
  readonly reason: 'bad-gzip' | 'too-large' | 'too-many-members';
  readonly detail: string;
  readonly offset: number;
}

/** Whether gzip begins here, after any white space. */
export function isGzip(data: Uint8Array): boolean {
  return hasMagic(data, 0) || hasMagic(data, skipBlanks(data, 0));
}

function hasMagic(data: Uint8Array, offset: number): boolean {
  return data[offset] === 0x1f && data[offset + 1] === 0x8b;
}

/**
 * White space around members is ignored, as around plain JSON; zero bytes after the last one are padding, as in gzip(1). Never
 * throws. It inflates on the calling thread: through the thread pool, a record of five flow logs takes ten times as long, and
 * one of 5,000 is slower too.
 */
export function decodeGzip(data: Uint8Array, maxBytes: number): Gunzipped {
  const members: Uint8Array[] = [];
  let decodedBytes = 0;
  let offset = skipBlanks(data, 0);
  while (offset < data.length && !isPadding(data, offset)) {
    // The next member may take the memory of the last one.
    const last = members.pop();
    if (last) members.push(Uint8Array.from(last));
    const member =
      members.length < MAX_MEMBERS
        ? decodeMember(data.subarray(offset), maxBytes - decodedBytes, members.length === 0)
        : tooManyMembers;
    if ('reason' in member) {
      return { bytes: joinMembers(members), fault: { ...member, offset } };
    }
    members.push(member.bytes);
    decodedBytes += member.bytes.length;
    offset = skipBlanks(data, offset + member.length);
  }
  return { bytes: joinMembers(members), fault: undefined };
}

function isPadding(data: Uint8Array, offset: number): boolean {
  let at = offset;
  while (data[at] === 0) at = skipBlanks(data, at + 1);
  return at === data.length;
}

function joinMembers(members: readonly Uint8Array[]): Uint8Array {
  const [only] = members;
  return members.length === 1 && only ? only : Buffer.concat(members);
}

const tooManyMembers = {
  reason: 'too-many-members',
  detail: `Expected at most ${MAX_MEMBERS} gzip members in a record, got more`,
} as const;

type Member = { readonly bytes: Uint8Array; readonly length: number } | Omit<GzipFault, 'offset'>;

function decodeMember(data: Uint8Array, maxBytes: number, isFirst: boolean): Member {
  const headerBytes = findHeaderEnd(data);
  if (headerBytes === undefined) {
    return { reason: 'bad-gzip', detail: 'Expected a gzip header, got other bytes' };
  }
  const tooLarge = {
    reason: 'too-large',
    detail: 'Expected no more bytes than maxRecordBytes after gunzip, got more',
  } as const;
  if (maxBytes <= 0) return tooLarge;

  const chunkSize = isFirst ? guessBytes(data, maxBytes) : LATER_CHUNK;
  const inflated = inflate(data.subarray(headerBytes), maxBytes, chunkSize);
  if ('code' in inflated) {
    return inflated.code === 'ERR_BUFFER_TOO_LARGE'
      ? tooLarge
      : { reason: 'bad-gzip', detail: `Expected deflated bytes, got an error: ${inflated.message}` };
  }
  const trailer = headerBytes + inflated.consumedBytes;
  const length = trailer + 8;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const isIntact =
    length <= data.length &&
    view.getUint32(trailer, true) === crc32(inflated.bytes) &&
    view.getUint32(trailer + 4, true) === inflated.bytes.length % 2 ** 32;
  return isIntact
    ? { bytes: inflated.bytes, length }
    : { reason: 'bad-gzip', detail: 'Expected the checksum and the length of the bytes, got others' };
}

const FLAG = { headerCrc: 0x02, extra: 0x04, name: 0x08, comment: 0x10, reserved: 0xe0 };
const DEFLATE = 8;

/** The length of the member's header; undefined if it is invalid or truncated. */
function findHeaderEnd(data: Uint8Array): number | undefined {
  const flags = data[3];
  if (!hasMagic(data, 0) || data[2] !== DEFLATE || flags === undefined || flags & FLAG.reserved) return undefined;
  let end = 10;
  if (flags & FLAG.extra) end += 2 + ((data[end] ?? 0) | ((data[end + 1] ?? 0) << 8));
  for (const flag of [FLAG.name, FLAG.comment]) {
    if (!(flags & flag)) continue;
    const zero = data.indexOf(0, end);
    if (zero === -1) return undefined;
    end = zero + 1;
  }
  if (flags & FLAG.headerCrc) end += 2;
  return end < data.length ? end : undefined;
}

/** Flow logs compress to about a tenth. A claimed size of more than this many times the input is not trusted. */
const BELIEVED_INFLATION = 32;
/** Node rejects smaller chunks. */
const LEAST_CHUNK = 64;
/** Later members begin where the ones before them end, so their sizes are unknown in advance. */
const LATER_CHUNK = 16 * 1024;

/**
 * One byte more than the trailer claims, so that zlib finds the end without a second chunk. It is a guess, for the first member
 * only: the trailer may belong to a later member, or be false. A claim below the input size would create thousands of small
 * chunks.
 */
function guessBytes(data: Uint8Array, maxBytes: number): number {
  if (data.length < 4) return LEAST_CHUNK;
  const claimed = new DataView(data.buffer, data.byteOffset + data.length - 4, 4).getUint32(0, true);
  const believed = Math.min(claimed + 1, maxBytes + 1, data.length * BELIEVED_INFLATION);
  return Math.max(LEAST_CHUNK, data.length, believed);
}
