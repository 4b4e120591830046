/** What the errors of all AWS services have in common: their names, and what the caller has to do. */
import { describeError } from '../faults.js';
import { NotAwsResponseError } from './response.js';

export type AwsErrorKind =
  /** Send fewer requests. */
  | 'throttled'
  /** Retry after a pause: the network, a name that does not resolve, an internal fault of AWS. */
  | 'transient'
  /** The requested resource does not exist. */
  | 'not-found'
  /**
   * AWS refuses access: permissions, credentials or a key. An operator may fix this while the program runs, so retry slowly.
   */
  | 'refused'
  /** There are no credentials: none were found, or a person has to act before they are available. */
  | 'no-credentials'
  /** The request itself is wrong: settings to fix. */
  | 'invalid'
  /** Kinesis: get another iterator at the same position and continue. Not a fault. */
  | 'expired-iterator'
  /** Kinesis: the position is invalid in this shard, or too old. */
  | 'bad-position'
  /** CloudWatch Logs: the page that a token names is gone; start again from a time. */
  | 'bad-token';

/** A call to AWS failed; its kind says what the caller has to do. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly kind: AwsErrorKind;
  /** The name that AWS or Node gave the error, such as `ThrottlingException` or `ECONNREFUSED`. */
  readonly code: string;

  constructor(kind: AwsErrorKind, code: string, message: string, options: { readonly cause: unknown }) {
    super(message, options);
    this.kind = kind;
    this.code = code;
  }

  /** Only a person can fix it: a retry soon does not help. */
  get isHopeless(): boolean {
    return hopeless.has(this.kind);
  }
}

const hopeless: ReadonlySet<AwsErrorKind> = new Set([
  'not-found',
  'refused',
  'no-credentials',
  'invalid',
  'bad-position',
]);

const commonKinds: Readonly<Record<string, AwsErrorKind>> = {
  LimitExceededException: 'throttled',
  ThrottlingException: 'throttled',
  ProvisionedThroughputExceededException: 'throttled',
  // The SDK does not count this one as throttling, but the caller has to treat it as such.
  KMSThrottlingException: 'throttled',
  ResourceNotFoundException: 'not-found',
  AccessDeniedException: 'refused',
  UnrecognizedClientException: 'refused',
  InvalidSignatureException: 'refused',
  InvalidClientTokenId: 'refused',
  IncompleteSignature: 'refused',
  MissingAuthenticationToken: 'refused',
  NotAuthorized: 'refused',
  OptInRequired: 'refused',
  ExpiredToken: 'refused',
  ExpiredTokenException: 'refused',
  AccessDenied: 'refused',
  UnauthorizedOperation: 'refused',
  AuthFailure: 'refused',
  KMSAccessDeniedException: 'refused',
  KMSDisabledException: 'refused',
  KMSInvalidStateException: 'refused',
  KMSNotFoundException: 'refused',
  KMSOptInRequired: 'refused',
  CredentialsProviderError: 'no-credentials',
  TokenProviderError: 'no-credentials',
  CredentialsRefused: 'no-credentials',
  ValidationException: 'invalid',
  InvalidArgumentException: 'invalid',
  InvalidParameterException: 'invalid',
};

/** Names that say less than the code. The SDK calls a connection reset a timeout. */
const plainNames: ReadonlySet<string | undefined> = new Set([
  undefined,
  'Error',
  'AggregateError',
  'TimeoutError',
  'CredentialsError',
]);

/**
 * The name that AWS or Node gave an error, such as `AccessDeniedException` or `ECONNREFUSED`, and a text that starts with it.
 */
export function nameAwsError(error: unknown): { readonly code: string; readonly message: string } {
  const { name, code: given } = (error ?? {}) as { readonly name?: string; readonly code?: string };
  const status = statusOfStranger(error);
  if (status !== undefined) {
    const fault = error instanceof NotAwsResponseError ? ` (${error.message})` : '';
    return { code: `HTTP ${status}`, message: `${describeStranger(status)}${fault}` };
  }
  // AWS errors carry their kind in the name, Node errors in the code.
  const code = given && plainNames.has(name) ? given : (name ?? 'Error');
  const message = explainTimeout(describeError(error));
  return { code, message: message === code ? code : `${code}: ${message}` };
}

/** The status of a response that AWS did not send; undefined for all other errors. */
function statusOfStranger(error: unknown): number | undefined {
  if (error instanceof NotAwsResponseError) return error.status;
  const { name, $metadata, $response, $fault } = (error ?? {}) as SdkError;
  // The response names no error, or the SDK could not parse it; a genuine AWS error says whose fault it is.
  const isStrange = name === 'Unknown' || name === 'UnknownError' || ($response !== undefined && $fault === undefined);
  return isStrange ? ($metadata?.httpStatusCode ?? $response?.statusCode) : undefined;
}

/** The timeout messages of the SDK's request handler name its own settings, not those of this program. */
function explainTimeout(message: string): string {
  const ms = message.startsWith('@smithy/node-http-handler') ? /(\d+) ms/.exec(message)?.[1] : undefined;
  if (ms === undefined) return message;
  if (message.includes('did not establish a connection')) return `no connection within ${ms} ms`;
  if (message.includes('requestTimeout')) return `no response within ${ms} ms`;
  return `the rest of the response did not arrive within ${ms} ms`;
}

interface SdkError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
  readonly $fault?: string;
}

/** A response that AWS did not send. */
export function describeStranger(status: number): string {
  return `HTTP ${status}: ${explainStranger(status)}`;
}

function explainStranger(status: number): string {
  if (status === 407) return 'the proxy requires a user and a password, or refuses those in input.proxy';
  return 'the response is not from AWS; a proxy, a portal or a gateway on the way sent it';
}

/** No region was given, or an empty one, such as from an empty environment variable. */
export function isRegionMissing(message: string): boolean {
  return /region is missing|region=""/i.test(message);
}

/** The clock of this machine is wrong. The SDK takes the time from the response and signs the next request with it. */
export function isClockFault({ code, message }: { readonly code: string; readonly message: string }): boolean {
  return /^(InvalidSignature|SignatureDoesNotMatch)/.test(code) && /signature (expired|not yet current)/i.test(message);
}

/** @param kinds those of the service itself, which override the common ones */
export function toAwsError(error: unknown, kinds: Readonly<Record<string, AwsErrorKind>> = {}): AwsError {
  if (error instanceof AwsError) return error;
  const { code, message } = nameAwsError(error);
  return new AwsError(kindOf(code, message, kinds), code, message, { cause: error });
}

function kindOf(code: string, message: string, kinds: Readonly<Record<string, AwsErrorKind>>): AwsErrorKind {
  if (isClockFault({ code, message })) return 'transient';
  // An error without any kind comes from the SDK before it sent a request, such as for a missing region.
  return kinds[code] ?? commonKinds[code] ?? (code === 'Error' ? 'invalid' : 'transient');
}
