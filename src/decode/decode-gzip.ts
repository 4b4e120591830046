/**
 * Gunzips one member after the other, so that what follows the last good one (garbage, a member cut short, one member
 * too many for the cap) does not cost the good ones, as it does when zlib gets the whole. RFC 1952.
 */
import { promisify } from 'node:util';
import { crc32, type InflateRaw, inflateRaw, type ZlibOptions } from 'node:zlib';

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

/** Inflates off the main thread. Zero bytes after a member are padding, as gzip(1) has it. Never rejects. */
export async function decodeGzip(data: Uint8Array, maxBytes: number): Promise<Gunzipped> {
  const members: Uint8Array[] = [];
  let decodedBytes = 0;
  let offset = 0;
  while (offset < data.length && !isPadding(data, offset)) {
    const member = await decodeMember(data.subarray(offset), maxBytes - decodedBytes);
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

async function decodeMember(data: Uint8Array, maxBytes: number): Promise<Member> {
  const headerBytes = findHeaderEnd(data);
  if (headerBytes === undefined) {
    return { reason: 'bad-gzip', detail: 'Expected a gzip header, got other bytes' };
  }
  const tooLarge = {
    reason: 'too-large',
    detail: 'Expected no more bytes than maxRecordBytes after gunzip, got more',
  } as const;
  if (maxBytes <= 0) return tooLarge;

  const inflated = await inflate(data.subarray(headerBytes), maxBytes);
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
const inflateWithInfo = promisify(inflateRaw) as unknown as (
  data: Uint8Array,
  options: ZlibOptions & { readonly info: true },
) => Promise<{ readonly buffer: Buffer; readonly engine: InflateRaw }>;

type Inflated =
  | { readonly bytes: Uint8Array; readonly consumedBytes: number }
  | { readonly code: string; readonly message: string };

async function inflate(data: Uint8Array, maxOutputLength: number): Promise<Inflated> {
  try {
    const { buffer, engine } = await inflateWithInfo(data, { info: true, maxOutputLength, chunkSize: 64 * 1024 });
    return { bytes: buffer, consumedBytes: engine.bytesWritten };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return { code, message };
  }
}
