/** Why a call to AWS failed, in words for the operator: what happened, and what to do about it. */
import { StartError, type StartErrorCode } from '../errors.js';
import { explainCredentials } from './credentials.js';
import { AwsError, type AwsErrorKind, isClockFault, isRegionMissing, nameAwsError, toAwsError } from './error.js';

export interface AwsCall {
  /** As IAM writes it, such as `logs:PutSubscriptionFilter`. */
  readonly action: string;
  /** Such as `log group "/aws/vpc/flow-logs"`. */
  readonly resource: string;
  /** Where AWS was called; undefined when no region is known. */
  readonly region: string | undefined;
  /** What has to be allowed on the resource; defaults to the action. */
  readonly rights?: string;
  /** Settings that decide which endpoint is called, such as `input.stream and input.region`. */
  readonly settings: string;
  /** No manifest exists yet, so its settings, such as the proxy, have not caused the failure. */
  readonly isBeforeManifest?: true;
}

export interface Explanation {
  readonly message: string;
  readonly advice: string;
  readonly kind: AwsErrorKind;
}

/** Repeats the call if AWS rejected it because of this machine's clock: the SDK then signs with the time of AWS. */
export async function retryWithAwsTime<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (isClockFault(nameAwsError(causeOf(error)))) return await call();
    throw error;
  }
}

export function toStartError(thrown: unknown, call: AwsCall): StartError {
  return new StartError(toStartErrorCode(toAwsError(causeOf(thrown))), describeAwsError(thrown, call), {
    cause: thrown,
  });
}

export function toStartErrorCode({ kind, message }: Pick<AwsError, 'kind' | 'message'>): StartErrorCode {
  return codeByKind[kind] ?? (isRegionMissing(message) ? 'no-region' : 'invalid-request');
}

const codeByKind: Partial<Record<AwsErrorKind, StartErrorCode>> = {
  'not-found': 'not-found',
  'no-credentials': 'no-credentials',
  refused: 'access-refused',
};

/** The explanation as one sentence. */
export function describeAwsError(thrown: unknown, call: AwsCall): string {
  const { message, advice } = explainAwsError(thrown, call);
  return `${message}; ${advice}`;
}

export function explainAwsError(thrown: unknown, call: AwsCall): Explanation {
  const { action, resource, region, rights = action, settings, isBeforeManifest } = call;
  // Kinds that only one service has are handled by its callers.
  const named = toAwsError(causeOf(thrown));
  const { kind } = named;
  const where = region === undefined ? '' : ` in region "${region}"`;
  const capital = resource.charAt(0).toUpperCase() + resource.slice(1);
  const explain = (message: string, advice: string) => ({ message, advice, kind });
  if (isRegionMissing(named.message)) {
    return explain(
      `No AWS region is known for ${resource}`,
      "set input.region or AWS_REGION, or give the stream's ARN",
    );
  }
  const credentials = explainCredentials(causeOf(thrown));
  if (credentials !== undefined) {
    const advice =
      kind === 'transient' || kind === 'throttled'
        ? `check the network${isBeforeManifest ? '' : ' and input.proxy'}, then retry`
        : 'correct or renew them, and allow what AWS refused';
    return explain(credentials, advice);
  }
  if (kind === 'no-credentials') {
    const advice = 'give the host a role, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
    return explain(`No AWS credentials were found for ${resource} (${named.message})`, advice);
  }
  if (kind === 'not-found') {
    return explain(
      `${capital} does not exist${where || ' where it was looked for'}`,
      `check ${settings} and the account of the credentials`,
    );
  }
  if (named.code.startsWith('KMS') && kind === 'refused') {
    const advice = 'allow kms:Decrypt on the key and check that it is enabled';
    return explain(`AWS refused the key of ${resource} (${named.message})`, advice);
  }
  if (isClockFault(named)) {
    return explain(`The clock of this machine is off${sayHowFar(named.message)} (${named.message})`, 'set the clock');
  }
  if (/^(ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId|AuthFailure)/.test(named.code)) {
    return explain(
      `AWS does not accept the credentials for ${resource} (${named.message})`,
      'renew them, or check where they come from',
    );
  }
  if (kind === 'refused') {
    return explain(`AWS refused ${action} on ${resource}${where} (${named.message})`, `allow ${rights} on it`);
  }
  if (named.code === 'LimitExceededException' && /:(Create|Put)/.test(action)) {
    // For a call that reads, this name means throttling; for one that creates something, a quota, which no wait helps.
    const message = `A quota of AWS does not allow ${action} on ${resource} (${named.message})`;
    return { message, advice: 'remove what is not used, or request a higher quota from AWS', kind: 'invalid' };
  }
  if (kind === 'throttled') {
    const message = `AWS throttled ${action} on ${resource} (${named.message})`;
    return explain(message, 'retry later, and find out what else makes this call');
  }
  if (kind === 'invalid') {
    return explain(`AWS did not accept ${action} on ${resource} (${named.message})`, `check ${settings}`);
  }
  const message = `${action} on ${resource} got no response from AWS (${named.message})`;
  return explain(message, `check ${settings}, ${isBeforeManifest ? '' : 'input.proxy '}and the network`);
}

/** Errors of the stages keep the error of AWS as their cause. */
function causeOf(thrown: unknown): unknown {
  return thrown instanceof AwsError ? (thrown.cause ?? thrown) : thrown;
}

/** The message contains the time of the signature, its limit, and in parentheses the time of AWS. */
function sayHowFar(message: string): string {
  const [signedMs, awsMs] = [/: (\d{8}T\d{6}Z) is/, /\((\d{8}T\d{6}Z) [-+]/].map((pattern) => {
    const [, time = ''] = pattern.exec(message) ?? [];
    return Date.parse(time.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'));
  });
  const minutes = Math.round(((signedMs ?? Number.NaN) - (awsMs ?? Number.NaN)) / 60_000);
  return Number.isNaN(minutes)
    ? ''
    : ` by ${Math.abs(minutes)} minute${Math.abs(minutes) === 1 ? '' : 's'}: it is ${minutes < 0 ? 'behind' : 'ahead'}`;
}
