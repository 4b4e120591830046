/**
 * Cuts the data of records out of the text of a GetRecords response while it arrives, before the SDK parses the rest. The data
 * is nearly all of the response, in base64. The SDK would hold it four times in memory, and parsing it would cost more than all
 * later steps. This way, a response takes no more memory than its records.
 */
import type { Readable } from 'node:stream';
import type { GetRecordsCommand } from '@aws-sdk/client-kinesis';
import { lengthOf, maxBodyBytes, streamedOperation } from '../aws/limited-handler.js';
import { NotAwsResponseError } from '../aws/response.js';
import { collect, readBody } from '../aws/response-body.js';
import type { Clock } from '../clock.js';
import { type AdmitResponse, maxResponseBytes } from './api.js';

/** In the form of the SDK's handler. */
interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: Readable | Uint8Array;
}

/** What was cut out of the response to one request; undefined if the SDK parsed the whole response. */
export interface CutData {
  data: readonly Uint8Array[] | undefined;
}

/**
 * Reads the response to the command directly, only as far as there is room for it, and cuts out the bytes of its records before
 * the SDK parses the rest.
 *
 * @param admit as in `KinesisApi.getRecords`
 */
export function cutResponse(
  { middlewareStack }: GetRecordsCommand,
  admit: AdmitResponse = async () => Number.POSITIVE_INFINITY,
  clock: Pick<Clock, 'monotonic'>,
): CutData {
  const cut: CutData = { data: undefined };
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as HttpResponse;
      const parts = readAdmitted(response, admit, clock);
      // The SDK handles error responses by itself.
      if (response.statusCode !== 200) {
        response.body = await collect(parts);
        return result;
      }
      const cutter = new ResponseCutter(lengthOf(response.headers) ?? maxBodyBytes(streamedOperation));
      for await (const part of parts) cutter.push(part);
      const { rest, data } = cutter.end();
      response.body = rest;
      cut.data = data;
      return result;
    },
    { step: 'deserialize', name: 'cutResponse', priority: 'low' },
  );
  return cut;
}

/** Yields the parts of the body, each once there is room for it. */
async function* readAdmitted(
  { body, headers }: HttpResponse,
  admit: AdmitResponse,
  clock: Pick<Clock, 'monotonic'>,
): AsyncGenerator<Buffer> {
  const length = lengthOf(headers);
  const whole = length === undefined ? maxResponseBytes : toRecordBytes(length);
  const limits = { operation: streamedOperation, maxBytes: maxBodyBytes(streamedOperation), clock };
  let [arrived, admitted] = [0, 0];
  for await (const part of readBody(body as Readable, length, limits)) {
    arrived += part.length;
    if (toRecordBytes(arrived) > admitted) {
      admitted = await admit(toRecordBytes(arrived), Math.max(whole, toRecordBytes(arrived)));
      if (admitted === 0) throw new ResponseLostError('The response was given up before it was read');
    }
    yield part;
  }
}

class ResponseLostError extends Error {
  override readonly name = 'Error';
  readonly code = 'ECONNRESET';
}

export interface CutResponse {
  /** The response with the data of each record emptied. */
  readonly rest: Uint8Array;
  /** The bytes of each record, in order. */
  readonly data: readonly Uint8Array[];
}

export class ResponseCutter {
  /** The most bytes that all records together can have. */
  readonly #maxBytes: number;
  /** Memory for the bytes of records. It grows with what arrives, since a response may be slow or end early. */
  #memory: Buffer;
  #written = 0;
  /** Whether the current position is inside the data of a record. */
  #isData = false;
  /** Where each record ends in the memory. */
  readonly #ends: number[] = [];
  readonly #rest: Buffer[] = [];
  /** The unused end of the previous part: less than a key, or less than four characters of base64. */
  #left: Buffer = Buffer.alloc(0);

  /** @param maxBytes the length of the whole response, or an upper bound */
  constructor(maxBytes: number) {
    this.#maxBytes = toRecordBytes(maxBytes);
    this.#memory = Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, FIRST_BYTES));
  }

  /** Takes the next part. Throws a `NotAwsResponseError` if data is not base64, or if there is more than announced. */
  push(part: Buffer): void {
    const text = this.#left.length === 0 ? part : Buffer.concat([this.#left, part]);
    let at = 0;
    for (;;) {
      const used = this.#isData ? this.#takeData(text, at) : this.#passText(text, at);
      at = used.end;
      if (used.isAll) break;
    }
    // A copy, since a few bytes would keep the memory of the whole part.
    this.#left = Buffer.from(text.subarray(at));
  }

  end(): CutResponse {
    if (this.#isData) throw new NotAwsResponseError(200, 'it ends within a record');
    const memory = this.#fitMemory();
    const data = this.#ends.map((end, index) => memory.subarray(this.#ends[index - 1] ?? 0, end));
    return { rest: Buffer.concat([...this.#rest, this.#left]), data };
  }

  /** With small records, much of a response is not data, and that memory would be held while any of its records waits. */
  #fitMemory(): Buffer {
    const used = this.#memory.subarray(0, this.#written);
    return this.#written < FULL * this.#memory.length ? copyOf(used) : used;
  }

  /** Skips to after the next data key. A string value cannot be mistaken for the key, since its quotes are escaped. */
  #passText(text: Buffer, start: number): Used {
    const key = text.indexOf(KEY, start);
    // The key may continue in the next part.
    const end = key === -1 ? Math.max(start, text.length - KEY.length + 1) : key + KEY.length;
    this.#rest.push(Buffer.from(text.subarray(start, end)));
    this.#isData = key !== -1;
    return { end, isAll: key === -1 };
  }

  /** Takes data up to its closing quote. */
  #takeData(text: Buffer, start: number): Used {
    const quote = text.indexOf(QUOTE, start);
    const end = quote === -1 ? text.length - ((text.length - start) % 4) : quote;
    for (let at = start; at < end; at += PIECE) this.#decode(text, at, Math.min(at + PIECE, end));
    if (quote !== -1) {
      this.#ends.push(this.#written);
      this.#isData = false;
    }
    return { end, isAll: quote === -1 };
  }

  #decode(text: Buffer, start: number, end: number): void {
    const padding = text[end - 1] !== PAD ? 0 : text[end - 2] === PAD ? 2 : 1;
    const bytes = ((end - start) / 4) * 3 - padding;
    if (this.#written + bytes > this.#memory.length) this.#grow(this.#written + bytes);
    // Node skips characters that are not base64, which the length reveals.
    const written = this.#memory.write(text.toString('latin1', start, end), this.#written, 'base64');
    if (written !== bytes) throw new NotAwsResponseError(200, 'the data of a record is not in base64');
    this.#written += written;
  }

  #grow(leastBytes: number): void {
    const memory = Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, Math.max(leastBytes, GROWTH * this.#memory.length)));
    this.#memory.copy(memory, 0, 0, this.#written);
    this.#memory = memory;
  }
}

/** The most bytes of records in a response of this size. */
export function toRecordBytes(responseBytes: number): number {
  return Math.ceil((responseBytes * 3) / 4);
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

interface Used {
  readonly end: number;
  /** The rest of the part cannot be used without the next part. */
  readonly isAll: boolean;
}

const KEY = Buffer.from('"Data":"');
const QUOTE = 0x22;
const PAD = 0x3d;
const FIRST_BYTES = 256 * 1024;
/** With this growth, the copies of a full response are a quarter of its size. */
const GROWTH = 8;
/** If a larger share of the memory is used, copying it to a smaller buffer does not pay off. */
const FULL = 0.9;
/** Characters to decode at a time, a multiple of four, small enough for V8's quick garbage collection. */
const PIECE = 64 * 1024;
