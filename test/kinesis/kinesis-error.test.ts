import test from 'ava';
import { AwsError, type AwsErrorKind } from '../../src/aws/error.js';
import { toKinesisError } from '../../src/kinesis/kinesis-error.js';

const named = (name: string, message = 'a text') => Object.assign(new Error(message), { name });
const coded = (code: string, message = 'a text') => Object.assign(new Error(message), { code });

const kinds: Readonly<Record<Exclude<AwsErrorKind, 'bad-token'>, readonly Error[]>> = {
  'expired-iterator': [named('ExpiredIteratorException')],
  throttled: [
    named('ProvisionedThroughputExceededException'),
    named('LimitExceededException'),
    named('ThrottlingException'),
    named('KMSThrottlingException'),
  ],
  transient: [
    named('ExpiredNextTokenException'),
    named('InternalFailure'),
    named('InternalFailureException'),
    named('ServiceUnavailable'),
    named('ResourceInUseException'),
    named('AbortError'),
    named('SyntaxError'),
    named('SomethingNew'),
    coded('ECONNREFUSED'),
    coded('ECONNRESET'),
    coded('ETIMEDOUT'),
    coded('EPIPE'),
    coded('EHOSTUNREACH'),
    coded('ENOTFOUND'),
    coded('EAI_AGAIN'),
    coded('HPE_INVALID_CONSTANT'),
    coded('CERT_HAS_EXPIRED'),
    named('TimeoutError'),
  ],
  'not-found': [named('ResourceNotFoundException')],
  refused: [
    named('AccessDeniedException'),
    named('AccessDenied'),
    named('UnrecognizedClientException'),
    named('InvalidSignatureException'),
    named('InvalidClientTokenId'),
    named('IncompleteSignature'),
    named('MissingAuthenticationToken'),
    named('NotAuthorized'),
    named('OptInRequired'),
    named('ExpiredToken'),
    named('ExpiredTokenException'),
    named('KMSAccessDeniedException'),
    named('KMSDisabledException'),
    named('KMSInvalidStateException'),
    named('KMSNotFoundException'),
    named('KMSOptInRequired'),
  ],
  'no-credentials': [named('CredentialsProviderError'), named('TokenProviderError')],
  'bad-position': [named('InvalidArgumentException')],
  invalid: [named('ValidationException'), new Error('Region is missing')],
};

for (const [kind, errors] of Object.entries(kinds)) {
  for (const error of errors) {
    const code = 'code' in error && error.name === 'Error' ? String(error.code) : error.name;
    test(`${code} is ${kind}`, (t) => {
      const { kind: found, code: foundCode, cause, message } = toKinesisError(error);
      t.deepEqual([found, foundCode, cause], [kind, code, error]);
      t.is(message, `${code}: ${error.message}`);
    });
  }
}

test('a refused connection to a name with several addresses is reported by its code, with every address', (t) => {
  const errors = ['127.0.0.1', '::1'].map((host) => coded('ECONNREFUSED', `connect ECONNREFUSED ${host}:1`));
  const error = toKinesisError(Object.assign(new AggregateError(errors, ''), { code: 'ECONNREFUSED' }));
  t.like(error, {
    kind: 'transient',
    code: 'ECONNREFUSED',
    message: 'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1; connect ECONNREFUSED ::1:1',
  });
});

test('a connection that was reset is reported as such, although the SDK calls it a timeout', (t) => {
  const error = toKinesisError(Object.assign(named('TimeoutError', 'read ECONNRESET'), { code: 'ECONNRESET' }));
  t.like(error, { kind: 'transient', code: 'ECONNRESET', message: 'ECONNRESET: read ECONNRESET' });
});

for (const [text, kind] of [
  ['Signature expired: 20260115T120000Z is now earlier than 20260115T120500Z', 'transient'],
  ['Signature not yet current: 20260115T121000Z is still later than 20260115T120500Z', 'transient'],
  ['The request signature we calculated does not match the signature you provided', 'refused'],
] as const) {
  test(`InvalidSignatureException is ${kind} with "${text}"`, (t) => {
    t.is(toKinesisError(named('InvalidSignatureException', text)).kind, kind);
  });
}

test('an error of this kind stays what it is', (t) => {
  const error = new AwsError('throttled', 'X', 'x', { cause: undefined });
  t.is(toKinesisError(error), error);
});

for (const thrown of [undefined, null, 'a text', 7, {}]) {
  test(`anything may be thrown: ${JSON.stringify(thrown)}`, (t) => {
    const error = toKinesisError(thrown);
    t.true(error instanceof AwsError);
    t.is(error.cause, thrown);
  });
}

test('a time limit that the SDK reports is put into words without its settings', (t) => {
  const sdk =
    '@smithy/node-http-handler - the request socket did not establish a connection with the server within the configured timeout of 5000 ms.';
  const error = Object.assign(new Error(sdk), { name: 'TimeoutError' });
  t.is(toKinesisError(error).message, 'TimeoutError: no connection within 5000 ms');
});
