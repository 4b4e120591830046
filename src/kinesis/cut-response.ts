/**
 * Cuts the records out of the text of a GetRecords response while it arrives, before the SDK parses the rest. Their data is
 * nearly all of the response, in base64. The SDK would hold it four times in memory, and parsing it would cost more than all
 * later steps. This way, a response takes no more memory than its records.
 */
import type { Readable } from 'node:stream';
import type { GetRecordsCommand } from '@aws-sdk/client-kinesis';
import { lengthOf, maxBodyBytes, streamedOperation } from '../aws/limited-handler.js';
import { NotAwsResponseError } from '../aws/response.js';
import { collect, readBody } from '../aws/response-body.js';
import type { Clock } from '../clock.js';
import { describeError } from '../faults.js';
import { type AdmitResponse, type FetchedRecord, maxResponseBytes } from './api.js';

/** In the form of the SDK's handler. */
interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: Readable | Uint8Array;
}

/** What was cut out of the response to one request; undefined if the SDK parsed the whole response. */
export interface CutRecords {
  records: readonly FetchedRecord[] | undefined;
}

/**
 * Reads the response to the command directly, only as far as there is room for it, and cuts out its records before the SDK
 * parses the rest.
 *
 * @param admit as in `KinesisApi.getRecords`
 */
export function cutResponse(
  { middlewareStack }: GetRecordsCommand,
  admit: AdmitResponse = async () => Number.POSITIVE_INFINITY,
  clock: Pick<Clock, 'monotonic'>,
): CutRecords {
  const cut: CutRecords = { records: undefined };
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
      // If a response is written with blanks, as emulators do, nothing was cut out.
      const { body, records } = data.length > 0 ? takeRecords(rest, data) : { body: rest, records: undefined };
      response.body = body;
      cut.records = records;
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

/** The SDK would take as long for the other fields of a small record as the record takes after that. */
function takeRecords(rest: Buffer, data: readonly Uint8Array[]) {
  const response = parse(rest);
  const { Records: records } = response;
  if (!Array.isArray(records) || records.length !== data.length)
    throw new NotAwsResponseError(200, `it has the bytes of ${data.length} records, and not as many records`);
  const body = Buffer.from(JSON.stringify({ ...response, Records: [] }));
  return { body, records: records.map((record, index) => toFetchedRecord(record, data[index] as Uint8Array)) };
}

function parse(rest: Buffer): { readonly Records?: unknown } {
  try {
    return JSON.parse(rest.toString()) as object;
  } catch (error) {
    throw new NotAwsResponseError(200, `it is not JSON: ${describeError(error)}`);
  }
}

/** Written out field by field for speed: it runs for every record. */
function toFetchedRecord(record: SentRecord | null, data: Uint8Array): FetchedRecord {
  const sequenceNumber = record?.SequenceNumber;
  const arrivalSeconds = record?.ApproximateArrivalTimestamp;
  if (typeof sequenceNumber !== 'string' || sequenceNumber === '')
    throw new NotAwsResponseError(200, 'a record has no valid SequenceNumber');
  return {
    sequenceNumber,
    data,
    arrivalMs: typeof arrivalSeconds === 'number' ? Math.round(arrivalSeconds * 1000) : undefined,
  };
}

interface SentRecord {
  readonly SequenceNumber?: unknown;
  readonly ApproximateArrivalTimestamp?: unknown;
}

/** The connection or the reader ended before the response did. */
export class ResponseLostError extends Error {
  override readonly name = 'Error';
  readonly code = 'ECONNRESET';
}

export interface CutResponse {
  /** The response with the data of each record emptied. */
  readonly rest: Buffer;
  /** The bytes of each record, in order. */
  readonly data: readonly Uint8Array[];
}

export class ResponseCutter {
  /** The bytes of records. */
  readonly #data: GrowingBytes;
  readonly #rest: GrowingBytes;
  /** Whether the current position is inside the data of a record. */
  #isData = false;
  /** Where each record ends in the data. */
  readonly #ends: number[] = [];
  /** The unused end of the previous part: less than a key, or less than four characters of base64. */
  #left: Buffer = Buffer.alloc(0);

  /** @param maxBytes the length of the whole response, or an upper bound */
  constructor(maxBytes: number) {
    this.#data = new GrowingBytes(toRecordBytes(maxBytes));
    this.#rest = new GrowingBytes(maxBytes);
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
    const memory = this.#data.fit();
    const data = this.#ends.map((end, index) => memory.subarray(this.#ends[index - 1] ?? 0, end));
    this.#rest.write(this.#left, 0, this.#left.length);
    return { rest: this.#rest.bytes, data };
  }

  /** Skips to after the next data key. A string value cannot be mistaken for the key, since its quotes are escaped. */
  #passText(text: Buffer, start: number): Used {
    const key = text.indexOf(KEY, start);
    // The key may continue in the next part.
    const end = key === -1 ? Math.max(start, text.length - KEY.length + 1) : key + KEY.length;
    this.#rest.write(text, start, end);
    this.#isData = key !== -1;
    return { end, isAll: key === -1 };
  }

  /** Takes data up to its closing quote. */
  #takeData(text: Buffer, start: number): Used {
    const quote = text.indexOf(QUOTE, start);
    const end = quote === -1 ? text.length - ((text.length - start) % 4) : quote;
    for (let at = start; at < end; at += PIECE) this.#decode(text, at, Math.min(at + PIECE, end));
    if (quote !== -1) {
      this.#ends.push(this.#data.length);
      this.#isData = false;
    }
    return { end, isAll: quote === -1 };
  }

  #decode(text: Buffer, start: number, end: number): void {
    const padding = text[end - 1] !== PAD ? 0 : text[end - 2] === PAD ? 2 : 1;
    const bytes = ((end - start) / 4) * 3 - padding;
    // Node skips characters that are not base64, which the length reveals.
    const written = this.#data.writeBase64(text.toString('latin1', start, end), bytes);
    if (written !== bytes) throw new NotAwsResponseError(200, 'the data of a record is not in base64');
  }
}

/** Memory that grows with what arrives, since a response may be slow or end early. */
class GrowingBytes {
  readonly #maxBytes: number;
  #memory: Buffer;
  length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#memory = Buffer.allocUnsafeSlow(Math.min(maxBytes, FIRST_BYTES));
  }

  write(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    this.length += source.copy(this.#memory, this.length, start, end);
  }

  /** Returns how many bytes the text has. */
  writeBase64(text: string, maxBytes: number): number {
    this.#reserve(maxBytes);
    const written = this.#memory.write(text, this.length, 'base64');
    this.length += written;
    return written;
  }

  /** With small records, much of a response is not data, and that memory would be held while any of its records waits. */
  fit(): Buffer {
    return this.length < FULL * this.#memory.length ? copyOf(this.bytes) : this.bytes;
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.length);
  }

  #reserve(bytes: number): void {
    const least = this.length + bytes;
    if (least <= this.#memory.length) return;
    const memory = Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, Math.max(least, GROWTH * this.#memory.length)));
    this.#memory.copy(memory, 0, 0, this.length);
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
