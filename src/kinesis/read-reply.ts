/**
 * Reads the reply of a GetRecords by hand: only once there is room for it, and with the bytes of its records taken out
 * before the SDK parses the rest.
 */
import type { Readable } from 'node:stream';
import type { GetRecordsCommand } from '@aws-sdk/client-kinesis';
import { type AdmitReply, maxReplyBytes } from './api.js';
import { ReplyCutter, toRecordBytes } from './reply-cutter.js';

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
export function readReply({ middlewareStack }: GetRecordsCommand, admit: AdmitReply = async () => true): ReadReply {
  const read: ReadReply = { data: undefined };
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const reply = result.response as HttpReply;
      const length = Number(reply.headers['content-length']);
      const isKnown = length <= MAX_BYTES;
      // Nobody listened to the body meanwhile, so it cannot tell any more how it ended.
      if (
        !(await admit(isKnown ? toRecordBytes(length) : maxReplyBytes)) ||
        ('destroyed' in reply.body && reply.body.destroyed)
      )
        throw new ReplyLostError('The connection ended before its reply was read');
      // What has no length, or is an error, is for the SDK alone.
      if (reply.statusCode !== 200 || !isKnown || reply.body instanceof Uint8Array) return result;
      const cutter = new ReplyCutter(length);
      for await (const part of reply.body as AsyncIterable<Buffer>) cutter.push(part);
      const { rest, data } = cutter.end();
      reply.body = rest;
      read.data = data;
      return result;
    },
    { step: 'deserialize', name: 'readReply', priority: 'low' },
  );
  return read;
}

/** Above the 10 MB of records that a reply can hold, in base64: a length that AWS would not give is not believed. */
const MAX_BYTES = 32 * 1024 * 1024;

class ReplyLostError extends Error {
  override readonly name = 'Error';
  readonly code = 'ECONNRESET';
}
