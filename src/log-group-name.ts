/** The name of a log group that is given by its name or by its ARN, with or without `:*` behind. */
export function toLogGroupName(logGroup: string): string {
  return /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)/.exec(logGroup)?.[1] ?? logGroup;
}
