import { UsageError } from '../exit.js';

/** Call it before anything is changed: AWS would reject the role only after the stream is created. */
export function checkRole(roleArn: string | undefined): void {
  if (roleArn === undefined || /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn)) return;
  const expected =
    'Expected the ARN of a role for --role-arn, such as arn:aws:iam::123456789012:role/flow-logs-to-kinesis';
  throw new UsageError(`${expected}, got "${roleArn}"; use the number of your account`);
}
