/** What is different about the errors of CloudWatch Logs. */
import { type AwsError, nameAwsError, toAwsError } from '../aws/error.js';
import type { AwsCall } from '../aws/explain.js';

export function toLogsError(error: unknown): AwsError {
  const { code, message } = nameAwsError(error);
  const isBadToken = code === 'InvalidParameterException' && /token/i.test(message);
  return toAwsError(error, isBadToken ? { [code]: 'bad-token' } : {});
}

/** For the explanation of an error. */
export function toFilterCall(logGroup: string, region: string | undefined): AwsCall {
  const resource = `log group "${logGroup}"`;
  return { action: 'logs:FilterLogEvents', resource, region, settings: 'its name, input.region' };
}
