/** What is different about the errors of CloudWatch Logs. */
import { type AwsError, nameAwsError, toAwsError } from '../aws/error.js';
import { describeAwsError } from '../aws/explain.js';

export function toLogsError(error: unknown): AwsError {
  const { code, message } = nameAwsError(error);
  const isBadToken = code === 'InvalidParameterException' && /token/i.test(message);
  return toAwsError(error, isBadToken ? { [code]: 'bad-token' } : {});
}

/** One sentence: what happened, and what to do about it. */
export function explainLogsError(error: unknown, logGroup: string, region: string | undefined): string {
  const resource = `log group "${logGroup}"`;
  return describeAwsError(error, {
    action: 'logs:FilterLogEvents',
    resource,
    region,
    settings: 'its name, input.region',
  });
}
