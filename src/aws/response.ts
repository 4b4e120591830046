/**
 * What a response of AWS must have before anything is concluded from it. Proxies, portals and gateways answer for AWS with
 * pages of their own, some with status 200 and valid JSON; to the SDK each of those is a response in which nothing is set.
 */

/** Something else than AWS sent the response. */
export class NotAwsResponseError extends Error {
  override readonly name = 'NotAwsResponseError';
  readonly status: number;

  /** @param fault what is wrong with the response, such as `it has no StreamARN` */
  constructor(status: number, fault: string) {
    super(fault);
    this.status = status;
  }
}

/** As the SDK gives it. */
export interface AwsOutput {
  readonly $metadata: { readonly httpStatusCode?: number | undefined; readonly requestId?: string | undefined };
}

type FieldType = 'text' | 'number' | 'date' | 'list' | 'object';

type Wanted<Source> = { readonly [Name in keyof Source]?: FieldType };

/**
 * The source, with the fields that are wanted known to be set. The SDK passes on whatever type it finds in JSON, so that
 * is looked at too; a text must not be empty.
 *
 * @throws NotAwsResponseError for the first field that is missing or of another type
 */
export function requireFields<Source extends object, Want extends Wanted<Source>>(
  output: AwsOutput,
  source: Source | null | undefined,
  wanted: Want,
): Source & { readonly [Name in keyof Want & keyof Source]: NonNullable<Source[Name]> } {
  for (const name in wanted) {
    const value: unknown = source?.[name as unknown as keyof Source];
    if (!isA(wanted[name] as FieldType, value)) throw notAws(output, `it has no valid ${name}`);
  }
  return source as never;
}

/** For an operation whose response is empty: its request id is all that shows that AWS did it. */
export function requireRequestId({ $metadata }: AwsOutput): void {
  if (!$metadata.requestId) throw notAws({ $metadata }, 'it has no request id');
}

export function notAws({ $metadata }: AwsOutput, fault: string): NotAwsResponseError {
  return new NotAwsResponseError($metadata.httpStatusCode ?? 200, fault);
}

function isA(type: FieldType, value: unknown): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string' && value !== '';
    case 'number':
      return Number.isFinite(value);
    case 'date':
      return value instanceof Date && !Number.isNaN(value.getTime());
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
}
