/** What an ARN says by itself, without a call to AWS. */

/** `arn:partition:service:region:account:resource` */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty for a resource that is the same in all regions. */
  readonly region: string;
  readonly account: string;
  /** May contain colons. */
  readonly resource: string;
}

/** Undefined for any other text. */
export function parseArn(text: string): Arn | undefined {
  const [prefix, partition, service, region, account, ...resource] = text.split(':');
  if (prefix !== 'arn' || partition === undefined || service === undefined) return undefined;
  return { partition, service, region: region ?? '', account: account ?? '', resource: resource.join(':') };
}

export function isArn(text: string): boolean {
  return text.startsWith('arn:');
}

/** Its twelve digits; undefined when the ARN has none. */
export function accountOf(arn: string | undefined): string | undefined {
  const { account = '' } = parseArn(arn ?? '') ?? {};
  return /^\d{12}$/.test(account) ? account : undefined;
}

/** Undefined for a name. */
export function regionOf(arn: string): string | undefined {
  return parseArn(arn)?.region;
}

/** The field of a request that names the stream. */
export function toTarget(stream: string): { readonly StreamARN: string } | { readonly StreamName: string } {
  return isArn(stream) ? { StreamARN: stream } : { StreamName: stream };
}

/** The name of a stream, given its name or its ARN. */
export function toStreamName(stream: string): string {
  return /^stream\/(.+)$/.exec(parseArn(stream)?.resource ?? '')?.[1] ?? stream;
}

/** The name of a log group, given its name or its ARN. */
export function toLogGroupName(logGroup: string): string {
  return logGroupOf(logGroup) ?? logGroup;
}

/** The name of the log group in an ARN, with or without a final `:*`; undefined for any other text. */
export function logGroupOf(arn: string): string | undefined {
  const { service, resource = '' } = parseArn(arn) ?? {};
  return service === 'logs' ? /^log-group:([^:]+)/.exec(resource)?.[1] : undefined;
}
