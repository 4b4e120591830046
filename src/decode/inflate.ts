/**
 * Inflates raw deflate, as it is in a gzip member. Node creates a stream for each call, which costs more than the bytes of a
 * small record do. So small outputs share one stream, in the way of https://github.com/isaacs/minizlib, on which npm itself
 * relies: its synchronous step ends the stream, unless its end is kept from it. Whatever is unusual is left to Node's own call.
 */
import { constants, createInflateRaw, type InflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';

export type Inflated =
  | { readonly bytes: Uint8Array; readonly consumedBytes: number }
  | { readonly code: string; readonly message: string };

/** @param guessedBytes the expected size of the output; a wrong guess costs time only */
export function inflate(data: Uint8Array, maxOutputLength: number, guessedBytes: number): Inflated {
  const small = guessedBytes <= SMALL_BYTES ? inflateSmall(data, guessedBytes) : undefined;
  return small && small.bytes.length <= maxOutputLength ? small : inflateAlone(data, maxOutputLength, guessedBytes);
}

// With `info`, zlib also returns the engine, which knows how many bytes it consumed: the only way to find a member's end. The
// types of Node omit this. https://nodejs.org/api/zlib.html#class-options
const inflateWithInfo = inflateRawSync as unknown as (
  data: Uint8Array,
  options: ZlibOptions & { readonly info: true },
) => { readonly buffer: Buffer; readonly engine: InflateRaw };

function inflateAlone(data: Uint8Array, maxOutputLength: number, chunkSize: number): Inflated {
  try {
    const { buffer, engine } = inflateWithInfo(data, { info: true, maxOutputLength, chunkSize });
    // A view of a mostly empty chunk would keep the whole chunk in memory, and so might a view of Node's pool.
    const bytes = buffer.length < chunkSize / 2 ? new Uint8Array(buffer) : buffer;
    return { bytes, consumedBytes: engine.bytesWritten };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return { code, message };
  }
}

/** Larger outputs cost far more than their stream. */
const SMALL_BYTES = 32 * 1024;
/** Memory for the outputs of many small records. */
const SLAB_BYTES = 64 * 1024;

/** The parts of a stream of zlib that the types of Node omit. They are the same in Node 20 to 26. */
interface Engine extends InflateRaw {
  _handle: { close(): void } | null;
  _outBuffer: Buffer;
  _outOffset: number;
  _processChunk(data: Uint8Array, flush: number): Buffer;
}

let engine: Engine | undefined;
let handle: Engine['_handle'] = null;

/** Undefined if Node's own call has to do it. */
function inflateSmall(data: Uint8Array, guessedBytes: number): Exclude<Inflated, { code: string }> | undefined {
  try {
    engine ??= open();
    if (SLAB_BYTES - engine._outOffset < guessedBytes) {
      engine._outBuffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
      engine._outOffset = 0;
    }
    engine._handle = handle;
    engine.reset();
    const bytes = engine._processChunk(data, constants.Z_FINISH);
    engine.removeAllListeners('error');
    if (bytes.buffer === engine._outBuffer.buffer) engine._outOffset += bytes.length;
    return { bytes, consumedBytes: engine.bytesWritten };
  } catch {
    // The data is not deflated, or its output is not small. The next record gets a new stream.
    close();
    return undefined;
  }
}

function open(): Engine {
  const opened = createInflateRaw({ chunkSize: SLAB_BYTES, maxOutputLength: SLAB_BYTES }) as Engine;
  handle = opened._handle;
  // The step closes the handle at its end.
  if (handle) handle.close = () => {};
  return opened;
}

function close(): void {
  engine = undefined;
  if (!handle) return;
  Reflect.deleteProperty(handle, 'close');
  handle.close();
  handle = null;
}
