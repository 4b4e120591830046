/** Why reading cannot begin, in one sentence with what to do. Only for faults that waiting does not mend. */

import { explainCredentials } from '../aws/credentials.js';
import { isRegionMissing } from '../aws/error.js';
import type { KinesisError, KinesisErrorKind } from './kinesis-error.js';

export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Faults that end a start; later, when things have worked once, they are waited for like any other. */
const fatalKinds: ReadonlySet<KinesisErrorKind> = new Set([
  'not-found',
  'refused',
  'no-credentials',
  'invalid',
  'bad-position',
]);

export function isFatalAtStart({ kind }: KinesisError): boolean {
  return fatalKinds.has(kind);
}

/** @param action the call of Kinesis that failed, as IAM writes it */
export function toStartError(error: KinesisError, stream: string, action: string): StartError {
  return new StartError(explain(error, stream, action), { cause: error });
}

function explain(error: KinesisError, stream: string, action: string): string {
  const { kind, code, message } = error;
  const credentials = explainCredentials(error);
  if (credentials !== undefined) return `Stream "${stream}" cannot be read. ${credentials}`;
  if (kind === 'not-found') {
    return `Stream "${stream}" does not exist where it was looked for; check input.stream, input.region and the account of the credentials (${message})`;
  }
  if (kind === 'no-credentials') {
    return `No AWS credentials were found for stream "${stream}"; give the host a role or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (${message})`;
  }
  if (code.startsWith('KMS')) {
    return `AWS refused the key of stream "${stream}"; allow kms:Decrypt on it and check that it is enabled (${message})`;
  }
  if (kind === 'refused') {
    return `AWS refused ${action} on stream "${stream}"; allow kinesis:DescribeStreamSummary, kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords on it and check the credentials (${message})`;
  }
  if (isRegionMissing(message)) {
    return `No AWS region is known for stream "${stream}"; set input.region, AWS_REGION, or give the stream's ARN`;
  }
  return `AWS did not accept ${action} on stream "${stream}"; check input (${message})`;
}
