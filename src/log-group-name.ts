/** What CloudWatch Logs accepts: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html */
const name = '[\\w./#-]{1,512}';
const nameOrArn = new RegExp(`^(?:${name}|arn:[\\w-]+:logs:[\\w-]*:\\d*:log-group:${name}(?::\\*)?)$`);

export const logGroupForm = '1 to 512 letters, digits, "_", "-", "/", "." or "#", or the ARN of a log group';

/** Whether the text can name a log group, by its name or its ARN. */
export function isLogGroup(text: string): boolean {
  return nameOrArn.test(text);
}
