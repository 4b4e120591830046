/**
 * Reads the response of a GetRecords by hand: no further than there is room for it, and with the bytes of its records taken
 * out before the SDK parses the rest.
 */
import type { Readable } from 'node:stream';
import type { GetRecordsCommand } from '@aws-sdk/client-kinesis';
import { lengthOf, maxBodyBytes, streamedOperation } from '../aws/limited-handler.js';
import { collect, readBody } from '../aws/response-body.js';
import type { Clock } from '../clock.js';
import { type AdmitReply, maxReplyBytes } from './api.js';
import { ReplyCutter, toRecordBytes } from './reply-cutter.js';

/** As the SDK's handler gives it. */
interface HttpReply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: Readable | Uint8Array;
}

/** What was taken out of the response to one request; undefined where the SDK parsed it whole. */
export interface ReadReply {
  data: readonly Uint8Array[] | undefined;
}

/** @param admit as in `KinesisApi.getRecords` */
export function readReply(
  { middlewareStack }: GetRecordsCommand,
  admit: AdmitReply = async () => Number.POSITIVE_INFINITY,
  clock: Pick<Clock, 'monotonic'>,
): ReadReply {
  const read: ReadReply = { data: undefined };
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const reply = result.response as HttpReply;
      const parts = readAdmitted(reply, admit, clock);
      // An error is for the SDK alone.
      if (reply.statusCode !== 200) {
        reply.body = await collect(parts);
        return result;
      }
      const cutter = new ReplyCutter(lengthOf(reply.headers) ?? maxBodyBytes(streamedOperation));
      for await (const part of parts) cutter.push(part);
      const { rest, data } = cutter.end();
      reply.body = rest;
      read.data = data;
      return result;
    },
    { step: 'deserialize', name: 'readReply', priority: 'low' },
  );
  return read;
}

/** The parts of the body, each once there is room for it. */
async function* readAdmitted(
  { body, headers }: HttpReply,
  admit: AdmitReply,
  clock: Pick<Clock, 'monotonic'>,
): AsyncGenerator<Buffer> {
  const length = lengthOf(headers);
  const whole = length === undefined ? maxReplyBytes : toRecordBytes(length);
  const limits = { operation: streamedOperation, maxBytes: maxBodyBytes(streamedOperation), clock };
  let [arrived, admitted] = [0, 0];
  for await (const part of readBody(body as Readable, length, limits)) {
    arrived += part.length;
    if (toRecordBytes(arrived) > admitted) {
      admitted = await admit(toRecordBytes(arrived), Math.max(whole, toRecordBytes(arrived)));
      if (admitted === 0) throw new ReplyLostError('The response was given up before it was read');
    }
    yield part;
  }
}

class ReplyLostError extends Error {
  override readonly name = 'Error';
  readonly code = 'ECONNRESET';
}
