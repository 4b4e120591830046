/**
 * Takes the events of a subscription off its connection one by one, each once there is room for it. Until then it stays in the
 * connection, and AWS waits.
 */
import type { SubscribeToShardCommand } from '@aws-sdk/client-kinesis';
import type { HttpResponse } from '@smithy/core/protocols';
import { NotAwsResponseError } from '../aws/response.js';
import { ResponseLostError } from './cut-response.js';

/**
 * Called with the bytes of an event when it begins to arrive; its records are smaller. Resolves with true once there is room, or
 * with false to take nothing more.
 */
export type AdmitEvent = (bytes: number) => Promise<boolean>;

export function admitEvents({ middlewareStack }: SubscribeToShardCommand, admit: AdmitEvent): void {
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as HttpResponse;
      // The SDK handles error responses by itself.
      if (response.statusCode === 200) response.body = readAdmitted(response.body, admit);
      return result;
    },
    { step: 'deserialize', name: 'admitEvents', priority: 'low' },
  );
}

/**
 * A message begins with its length, which includes the length itself and the checksums
 * (https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html).
 */
const lengthBytes = 4;
const leastMessageBytes = 16;
/** More than the largest record in base64, or the 10 MB of records that a read returns at the most. */
const mostMessageBytes = 24 * 1024 * 1024;

/** @param body with one message for each event; its parts may begin and end anywhere */
export async function* readAdmitted(body: AsyncIterable<Uint8Array>, admit: AdmitEvent): AsyncGenerator<Uint8Array> {
  let begun: Buffer = Buffer.alloc(0);
  /** Bytes of the current message that are still to come. */
  let left = 0;
  for await (const chunk of body) {
    let part =
      begun.length > 0 ? Buffer.concat([begun, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    while (left > 0 || part.length >= lengthBytes) {
      if (left === 0) {
        left = part.readUInt32BE();
        if (left < leastMessageBytes || left > mostMessageBytes)
          throw new NotAwsResponseError(200, `it has an event of ${left} bytes`);
        if (!(await admit(left))) return;
      }
      if (part.length === 0) break;
      const taken = part.subarray(0, left);
      left -= taken.length;
      part = part.subarray(taken.length);
      yield taken;
    }
    begun = part;
  }
  if (left > 0) throw new ResponseLostError('The connection ended within an event');
}
