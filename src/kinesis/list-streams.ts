/** The streams of an account in a region, for a user who chooses one. Reading does not require the permission. */
import { ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { createCall } from '../aws/call.js';
import { readPages } from '../aws/pages.js';
import { requireFields } from '../aws/response.js';
import { toKinesisError } from './kinesis-error.js';
import { createKinesisClient, type SdkApiOptions } from './sdk-api.js';

/** Names in the order of AWS. Rejects with an `AwsError`. */
export async function listStreams(
  options: Omit<SdkApiOptions, 'stream'>,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  const client = createKinesisClient({ ...options, stream: '' });
  const call = createCall(client, toKinesisError);
  try {
    return await call(async () => {
      const ask = (last: string | undefined) =>
        client.send(new ListStreamsCommand({ ExclusiveStartStreamName: last }), { abortSignal });
      const names: string[] = [];
      const pages = readPages('ListStreams', ask, ({ HasMoreStreams, StreamNames }) =>
        HasMoreStreams ? StreamNames?.at(-1) : undefined,
      );
      for await (const page of pages) names.push(...requireFields(page, page, { StreamNames: 'list' }).StreamNames);
      return names;
    }, abortSignal);
  } finally {
    client.destroy();
  }
}
