/**
 * Inflates raw deflate, as it is in a gzip member. Node creates a stream and memory for each call, which costs more than the
 * bytes of a small record do. So all outputs but the largest share them, in the way of https://github.com/isaacs/minizlib, on
 * which npm itself relies: Node's synchronous step ends the stream, unless its end is kept from it. Whatever is unusual is left
 * to Node's own call.
 */
import { constants, createInflateRaw, type InflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';

export type Inflated =
  | { readonly bytes: Uint8Array; readonly consumedBytes: number }
  | { readonly code: string; readonly message: string };

/**
 * The output is valid until the next call only.
 *
 * @param guessedBytes the expected size of the output; a wrong guess costs time only
 */
export function inflate(data: Uint8Array, maxOutputLength: number, guessedBytes: number): Inflated {
  const shared = guessedBytes <= SHARED_BYTES ? inflateShared(data) : undefined;
  return shared && shared.bytes.length <= maxOutputLength ? shared : inflateAlone(data, maxOutputLength, guessedBytes);
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

/**
 * The memory that all outputs of this size share, each written over by the next. Fresh memory for each would cost a third of
 * inflating it, and V8 frees it late: it counts little of it, since the objects that hold it are few and small.
 */
const SHARED_BYTES = 2 * 1024 * 1024;

/** The parts of a stream of zlib that the types of Node omit. They are the same in Node 20 to 26. */
interface Engine extends InflateRaw {
  _handle: { close(): void } | null;
  _processChunk(data: Uint8Array, flush: number): Buffer;
}

let engine: Engine | undefined;
let handle: Engine['_handle'] = null;

/** Undefined if Node's own call has to do it. */
function inflateShared(data: Uint8Array): Exclude<Inflated, { code: string }> | undefined {
  try {
    engine ??= open();
    engine._handle = handle;
    engine.reset();
    const bytes = engine._processChunk(data, constants.Z_FINISH);
    engine.removeAllListeners('error');
    return { bytes, consumedBytes: engine.bytesWritten };
  } catch {
    // The data is not deflated, or its output is too large. The next record gets a new stream.
    close();
    return undefined;
  }
}

function open(): Engine {
  const opened = createInflateRaw({ chunkSize: SHARED_BYTES, maxOutputLength: SHARED_BYTES }) as Engine;
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
