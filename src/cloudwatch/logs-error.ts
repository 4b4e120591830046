/** What went wrong with a call to CloudWatch Logs, sorted by what the caller has to do about it. */

import { explainCredentials } from '../aws/credentials.js';
import { type AwsErrorKind, isRegionMissing, kindOfAwsError, nameAwsError } from '../aws/error.js';

export type LogsErrorKind =
  | AwsErrorKind
  /** The page that a token names is gone; begin again at a time. */
  | 'bad-token';

export class LogsError extends Error {
  override readonly name = 'LogsError';
  readonly kind: LogsErrorKind;
  /** The name that AWS or Node gave the error, such as `ThrottlingException` or `ECONNREFUSED`. */
  readonly code: string;

  constructor(kind: LogsErrorKind, code: string, message: string, options: { readonly cause: unknown }) {
    super(message, options);
    this.kind = kind;
    this.code = code;
  }

  /** Only a person can mend it: asking again soon helps nobody. */
  get isHopeless(): boolean {
    return hopeless.has(this.kind);
  }
}

const hopeless: ReadonlySet<LogsErrorKind> = new Set(['not-found', 'refused', 'no-credentials', 'invalid']);

export function toLogsError(error: unknown): LogsError {
  if (error instanceof LogsError) return error;
  const named = nameAwsError(error);
  const isBadToken = named.code === 'InvalidParameterException' && /token/i.test(named.message);
  const kind = kindOfAwsError<LogsErrorKind>(named, {
    InvalidParameterException: isBadToken ? 'bad-token' : 'invalid',
  });
  return new LogsError(kind, named.code, named.message, { cause: error });
}

/** One sentence on what to do, for a person who knows the log group. */
export function explainLogsError(error: LogsError, logGroup: string, region: string | undefined): string {
  const { kind, message } = error;
  const credentials = explainCredentials(error);
  if (credentials !== undefined) return `Log group "${logGroup}" cannot be read. ${credentials}`;
  const where = region === undefined ? '' : ` in region "${region}"`;
  if (kind === 'not-found') {
    return `Log group "${logGroup}" does not exist${where}; check its name, input.region and the account of the credentials (${message})`;
  }
  if (kind === 'no-credentials') {
    return `No AWS credentials were found for log group "${logGroup}"; give the host a role or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (${message})`;
  }
  if (kind === 'refused') {
    return `AWS refused logs:FilterLogEvents on log group "${logGroup}"${where}; allow it on the group and check the credentials (${message})`;
  }
  if (isRegionMissing(message)) {
    return `No AWS region is known for log group "${logGroup}"; set input.region, AWS_REGION, or give the stream's ARN`;
  }
  if (kind !== 'invalid') return `AWS could not be asked for log group "${logGroup}"${where}; try again (${message})`;
  return `AWS did not accept logs:FilterLogEvents on log group "${logGroup}"${where}; check the name of the group and the times (${message})`;
}
