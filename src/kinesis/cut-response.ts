/**
 * Takes the bytes of records out of the text of a GetRecords response while it arrives, before the SDK parses the rest. They
 * are nearly all of the response, in base64: parsed with the rest they would be held four times over, and cost more than all
 * that is done with them. So a response takes up no more memory than its records.
 */
import type { Readable } from 'node:stream';
import type { GetRecordsCommand } from '@aws-sdk/client-kinesis';
import { lengthOf, maxBodyBytes, streamedOperation } from '../aws/limited-handler.js';
import { NotAwsResponseError } from '../aws/response.js';
import { collect, readBody } from '../aws/response-body.js';
import type { Clock } from '../clock.js';
import { type AdmitResponse, maxResponseBytes } from './api.js';

/** As the SDK's handler gives it. */
interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: Readable | Uint8Array;
}

/** What was taken out of the response to one request; undefined where the SDK parsed it whole. */
export interface CutData {
  data: readonly Uint8Array[] | undefined;
}

/**
 * Reads the response to the command by hand: no further than there is room for it, and with the bytes of its records taken
 * out before the SDK parses the rest.
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
      // An error is for the SDK alone.
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

/** The parts of the body, each once there is room for it. */
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
  /** The response, in which each record's data is empty. */
  readonly rest: Uint8Array;
  /** The bytes of each record, in their order. */
  readonly data: readonly Uint8Array[];
}

export class ResponseCutter {
  /** The most that the bytes of all records can be. */
  readonly #maxBytes: number;
  /** Room for the bytes of records; it grows with what arrives, since a response may crawl or end early. */
  #memory: Buffer;
  #written = 0;
  /** Whether what arrives is the data of a record. */
  #isData = false;
  /** Where each record ends in the memory. */
  readonly #ends: number[] = [];
  readonly #rest: Buffer[] = [];
  /** The end of the part before that is not used yet: less than a key, or less than four characters of base64. */
  #left: Buffer = Buffer.alloc(0);

  /** @param maxBytes length of the whole response, or the most that it may be */
  constructor(maxBytes: number) {
    this.#maxBytes = toRecordBytes(maxBytes);
    this.#memory = Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, FIRST_BYTES));
  }

  /** Takes the next part. Throws a `NotAwsResponseError` when data is no base64, or when there is more than was announced. */
  push(part: Buffer): void {
    const text = this.#left.length === 0 ? part : Buffer.concat([this.#left, part]);
    let at = 0;
    for (;;) {
      const used = this.#isData ? this.#takeData(text, at) : this.#passText(text, at);
      at = used.end;
      if (used.isAll) break;
    }
    // A copy, since a few bytes would keep the memory of their whole part.
    this.#left = Buffer.from(text.subarray(at));
  }

  end(): CutResponse {
    if (this.#isData) throw new NotAwsResponseError(200, 'it ends within a record');
    const memory = this.#fitMemory();
    const data = this.#ends.map((end, index) => memory.subarray(this.#ends[index - 1] ?? 0, end));
    return { rest: Buffer.concat([...this.#rest, this.#left]), data };
  }

  /** Of small records a good part of the response is no data, and its memory would be held as long as any of them waits. */
  #fitMemory(): Buffer {
    const used = this.#memory.subarray(0, this.#written);
    return this.#written < FULL * this.#memory.length ? copyOf(used) : used;
  }

  /** Up to and with the next key of data. A string of the response cannot be taken for it, since its quotes are escaped. */
  #passText(text: Buffer, start: number): Used {
    const key = text.indexOf(KEY, start);
    // The key may continue in the next part.
    const end = key === -1 ? Math.max(start, text.length - KEY.length + 1) : key + KEY.length;
    this.#rest.push(Buffer.from(text.subarray(start, end)));
    this.#isData = key !== -1;
    return { end, isAll: key === -1 };
  }

  /** Up to the quote behind the data. */
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
    // Node leaves out what is no base64, so that the length shows it.
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

/** The most bytes of records that a response of so many bytes can hold. */
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
  /** The rest of the part is of no use without the next one. */
  readonly isAll: boolean;
}

const KEY = Buffer.from('"Data":"');
const QUOTE = 0x22;
const PAD = 0x3d;
const FIRST_BYTES = 256 * 1024;
/** So much that the copies of a full response are a quarter of it. */
const GROWTH = 8;
/** Share of the memory that is used, above which a copy of what is used is not worth it. */
const FULL = 0.9;
/** Characters that are decoded at a time, a multiple of four: so few that V8 clears them away with its small garbage. */
const PIECE = 64 * 1024;
