/**
 * Reads the reply of a GetRecords by hand: only once there is room for it, and with the bytes of its records taken out
 * before the SDK parses the rest.
 */
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { GetRecordsCommand } from '@aws-sdk/client-kinesis';
import { cutData } from './cut-data.js';

/** As the SDK's handler gives it. */
interface HttpReply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: Readable | Uint8Array;
}

/** What was taken out of the reply of one request; undefined where the SDK parsed it whole. */
export interface ReadReply {
  data: readonly Uint8Array[] | undefined;
}

/** @param admit as in `KinesisApi.getRecords` */
export function readReply(
  { middlewareStack }: GetRecordsCommand,
  admit: () => Promise<boolean> = async () => true,
): ReadReply {
  const read: ReadReply = { data: undefined };
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const reply = result.response as HttpReply;
      // Nobody listened to the body meanwhile, so it cannot tell any more how it ended.
      if (!(await admit()) || ('destroyed' in reply.body && reply.body.destroyed))
        throw new ReplyLostError('The connection ended before its reply was read');
      if (reply.statusCode !== 200 || reply.body instanceof Uint8Array) return result;
      const text = await readBody(reply.body, Number(reply.headers['content-length']));
      const cut = cutData(text);
      read.data = cut?.data;
      reply.body = cut?.rest ?? text;
      return result;
    },
    { step: 'deserialize', name: 'readReply', priority: 'low' },
  );
  return read;
}

/** Into one piece of memory where the length is known, rather than into many and then into one. */
async function readBody(body: Readable, length: number): Promise<Buffer> {
  if (!(length > 0 && length <= MAX_KNOWN_BYTES)) return buffer(body);
  const bytes = Buffer.allocUnsafeSlow(length);
  let read = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) read += chunk.copy(bytes, read);
  return bytes.subarray(0, read);
}

/** Above the 10 MB of records that a reply can hold, in base64; a longer one is not believed before it is there. */
const MAX_KNOWN_BYTES = 32 * 1024 * 1024;

class ReplyLostError extends Error {
  override readonly name = 'Error';
  readonly code = 'ECONNRESET';
}
