/**
 * What a response must have before any conclusion is drawn from it. Proxies, portals and gateways may answer instead of AWS,
 * some with status 200 and valid JSON; the SDK returns such a response with no field set.
 */

/** The response did not come from AWS. */
export class NotAwsResponseError extends Error {
  override readonly name = 'NotAwsResponseError';
  readonly status: number;

  /** @param fault what is wrong with the response, such as `it has no StreamARN` */
  constructor(status: number, fault: string) {
    super(fault);
    this.status = status;
  }
}

/** The output in the shape of the SDK. */
export interface AwsOutput {
  readonly $metadata: { readonly httpStatusCode?: number | undefined; readonly requestId?: string | undefined };
}

type FieldType = 'text' | 'number' | 'date' | 'list' | 'object';

type Wanted<Source> = { readonly [Name in keyof Source]?: FieldType };

/**
 * Returns the source with the wanted fields known to be set. The SDK passes on any type that it finds in the JSON, so the types
 * are checked too; a string must not be empty.
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

/** For an operation whose response is empty: only its request id shows that AWS performed it. */
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
