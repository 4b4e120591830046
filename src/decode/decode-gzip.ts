/**
 * Gunzips one member after the other, so that what follows the last good one (garbage, a member cut short, one member
 * too many for the cap) does not cost the good ones, as it does when zlib gets the whole. RFC 1952.
 */
import { crc32, type InflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';

export interface Gunzipped {
  /** What the members before the fault decoded to, at the most `maxBytes`. */
  readonly bytes: Uint8Array;
  /** The first member that did not decode: nothing from `offset` on was used. */
  readonly fault: GzipFault | undefined;
}

export interface GzipFault {
  readonly reason: 'bad-gzip' | 'too-large';
  readonly detail: string;
  readonly offset: number;
}

export function isGzip(data: Uint8Array): boolean {
  return data[0] === 0x1f && data[1] === 0x8b;
}

/**
 * Zero bytes after a member are padding, as gzip(1) has it. Never throws. It inflates on the calling thread: the way to
 * the thread pool and back takes a record of five flow logs ten times as long, and one of 5,000 longer still.
 */
export function decodeGzip(data: Uint8Array, maxBytes: number): Gunzipped {
  const members: Uint8Array[] = [];
  let decodedBytes = 0;
  let offset = 0;
  while (offset < data.length && !isPadding(data, offset)) {
    const member = decodeMember(data.subarray(offset), maxBytes - decodedBytes);
    if ('reason' in member) {
      return { bytes: joinMembers(members), fault: { ...member, offset } };
    }
    members.push(member.bytes);
    decodedBytes += member.bytes.length;
    offset += member.length;
  }
  return { bytes: joinMembers(members), fault: undefined };
}

function isPadding(data: Uint8Array, offset: number): boolean {
  return data[offset] === 0 && data.subarray(offset).every((byte) => byte === 0);
}

function joinMembers(members: readonly Uint8Array[]): Uint8Array {
  const [only] = members;
  return members.length === 1 && only ? only : Buffer.concat(members);
}

type Member = { readonly bytes: Uint8Array; readonly length: number } | Omit<GzipFault, 'offset'>;

function decodeMember(data: Uint8Array, maxBytes: number): Member {
  const headerBytes = findHeaderEnd(data);
  if (headerBytes === undefined) {
    return { reason: 'bad-gzip', detail: 'Expected a gzip header, got other bytes' };
  }
  const tooLarge = {
    reason: 'too-large',
    detail: 'Expected no more bytes than maxRecordBytes after gunzip, got more',
  } as const;
  if (maxBytes <= 0) return tooLarge;

  const inflated = inflate(data.subarray(headerBytes), maxBytes);
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

/** The length of the member's header; undefined when it is none or is cut short. */
function findHeaderEnd(data: Uint8Array): number | undefined {
  const flags = data[3];
  if (!isGzip(data) || data[2] !== DEFLATE || flags === undefined || flags & FLAG.reserved) return undefined;
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

// With `info`, zlib also gives the engine, which knows how many bytes it took: the only way to find a member's end.
// The types of Node do not say so. https://nodejs.org/api/zlib.html#class-options
const inflateWithInfo = inflateRawSync as unknown as (
  data: Uint8Array,
  options: ZlibOptions & { readonly info: true },
) => { readonly buffer: Buffer; readonly engine: InflateRaw };

type Inflated =
  | { readonly bytes: Uint8Array; readonly consumedBytes: number }
  | { readonly code: string; readonly message: string };

function inflate(data: Uint8Array, maxOutputLength: number): Inflated {
  const chunkSize = guessBytes(data, maxOutputLength);
  try {
    const { buffer, engine } = inflateWithInfo(data, { info: true, maxOutputLength, chunkSize });
    return { bytes: buffer, consumedBytes: engine.bytesWritten };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return { code, message };
  }
}

/** Deflate makes a byte of no more than so many. */
const MOST_INFLATION = 1032;
/** Smaller chunks are refused by Node. */
const LEAST_CHUNK = 64;

/**
 * One more byte than the trailer says, so that zlib needs no second piece of memory to find the end. It is a guess: the
 * trailer may be that of a later member, or a lie, which is not to cost more memory than the bytes could fill.
 */
function guessBytes(data: Uint8Array, maxBytes: number): number {
  if (data.length < 4) return LEAST_CHUNK;
  const told = new DataView(data.buffer, data.byteOffset + data.length - 4, 4).getUint32(0, true);
  return Math.max(LEAST_CHUNK, Math.min(told + 1, maxBytes + 1, data.length * MOST_INFLATION));
}
