/** Why a call of AWS failed, in words for whoever sets things up: what happened, and what to do about it. */
import { type AwsErrorKind, isRegionMissing, kindOfAwsError, nameAwsError } from '../src/aws-error.js';

export interface AwsCall {
  /** As IAM writes it, such as `logs:PutSubscriptionFilter`. */
  readonly action: string;
  /** Such as `log group "/aws/vpc/flow-logs"`. */
  readonly resource: string;
  /** Where it was looked for; undefined when no region is known. */
  readonly region: string | undefined;
  /** Settings that decide where the call goes, such as `input.stream and input.region`. */
  readonly settings: string;
}

export interface Explanation {
  readonly message: string;
  readonly advice: string;
  readonly kind: AwsErrorKind;
}

/** Names of single services, beside the common ones. */
const kinds: Readonly<Record<string, AwsErrorKind>> = {
  KMSAccessDeniedException: 'refused',
  KMSDisabledException: 'refused',
  KMSInvalidStateException: 'refused',
  KMSNotFoundException: 'refused',
  UnauthorizedOperation: 'refused',
  AuthFailure: 'refused',
  ProvisionedThroughputExceededException: 'throttled',
  KMSThrottlingException: 'throttled',
  InvalidArgumentException: 'invalid',
  InvalidParameterException: 'invalid',
};

export function explainAwsError(thrown: unknown, { action, resource, region, settings }: AwsCall): Explanation {
  // Errors of the stages keep what AWS threw as their cause.
  const error = thrown instanceof Error && 'kind' in thrown ? (thrown.cause ?? thrown) : thrown;
  const named = nameAwsError(error);
  const kind = kindOfAwsError(named, kinds);
  const where = region === undefined ? '' : ` in region "${region}"`;
  const capital = resource.charAt(0).toUpperCase() + resource.slice(1);
  const explain = (message: string, advice: string) => ({ message, advice, kind });
  if (isRegionMissing(named.message)) {
    return explain(
      `No AWS region is known for ${resource}`,
      "set input.region or AWS_REGION, or give the stream's ARN",
    );
  }
  if (kind === 'no-credentials') {
    const advice = 'give the host a role, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
    return explain(`No AWS credentials were found (${named.message})`, advice);
  }
  if (kind === 'not-found') {
    return explain(`${capital} does not exist${where}`, `check ${settings} and the account of the credentials`);
  }
  if (named.code.startsWith('KMS')) {
    const advice = 'allow kms:Decrypt on the key and check that it is enabled';
    return explain(`AWS refused the key of ${resource} (${named.message})`, advice);
  }
  if (/^(ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId|AuthFailure)/.test(named.code)) {
    return explain(
      `AWS does not accept the credentials (${named.message})`,
      'renew them, or check where they come from',
    );
  }
  if (kind === 'refused') {
    return explain(`AWS refused ${action} on ${resource}${where} (${named.message})`, `allow ${action} on it`);
  }
  if (named.code === 'LimitExceededException' && /:(Create|Put)/.test(action)) {
    // The name that means "slow down" to a call that reads tells one that makes something of a quota, which no wait mends.
    const message = `A quota of AWS leaves no room for ${action} on ${resource} (${named.message})`;
    return { message, advice: 'remove what is not needed, or ask AWS for a higher quota', kind: 'invalid' };
  }
  if (kind === 'throttled') {
    const message = `AWS answers ${action} on ${resource} with "slow down" (${named.message})`;
    return explain(message, 'try again later, and see who else asks');
  }
  if (kind === 'invalid') {
    return explain(`AWS did not accept ${action} on ${resource} (${named.message})`, `check ${settings}`);
  }
  const message = `${action} on ${resource} got no answer (${named.message})`;
  return explain(message, `check the network, input.proxy and ${settings}`);
}
