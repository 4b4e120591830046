import test from 'ava';
import { AwsError } from '../../src/aws/error.js';
import { describeAwsError } from '../../src/aws/explain.js';
import { toFilterCall, toLogsError } from '../../src/cloudwatch/logs-error.js';
import { createSdkApi } from '../../src/cloudwatch/sdk-api.js';

const named = (name: string, message = 'a text') => Object.assign(new Error(message), { name });

for (const [error, kind, isHopeless, advice] of [
  [named('ThrottlingException'), 'throttled', false, /retry later/],
  [named('ServiceUnavailableException'), 'transient', false, /input\.proxy and the network/],
  [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'transient', false, /input\.proxy and the network/],
  [named('ResourceNotFoundException'), 'not-found', true, /"\/g" does not exist in region "eu-west-1"; check/],
  [
    named('AccessDeniedException'),
    'refused',
    true,
    /"\/g" in region "eu-west-1" \(.*; allow logs:FilterLogEvents on it/,
  ],
  [named('CredentialsProviderError'), 'no-credentials', true, /set AWS_PROFILE/],
  [named('InvalidParameterException', 'The specified nextToken is invalid.'), 'bad-token', false, /did not accept/],
  [named('InvalidParameterException', 'logGroupName'), 'invalid', true, /check its name, input\.region/],
  [new Error('Region is missing'), 'invalid', true, /set input\.region or AWS_REGION/],
  [
    new Error('Region not accepted: region="" is not a valid hostname component.'),
    'invalid',
    true,
    /set input\.region or AWS_REGION/,
  ],
] as const) {
  test(`CloudWatch Logs: ${error.name} "${error.message}" is ${kind}`, (t) => {
    const found = toLogsError(error);
    t.true(found instanceof AwsError);
    t.deepEqual([found.kind, found.isHopeless, found.cause], [kind, isHopeless, error]);
    t.is(toLogsError(found), found);
    t.regex(describeAwsError(found, toFilterCall('/g', 'eu-west-1')), advice);
  });
}

test('the account is that of the credentials, where they tell', async (t) => {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b', accountId: '123456789012' };
  const api = createSdkApi({ region: 'eu-west-1', credentials });
  t.deepEqual(await api.account(new AbortController().signal), { accountId: '123456789012', region: 'eu-west-1' });
  api.close();
});

test('credentials that cannot be had are reported as such', async (t) => {
  const credentials = () => Promise.reject(named('CredentialsProviderError', 'none'));
  const api = createSdkApi({ region: 'eu-west-1', credentials });
  await t.throwsAsync(api.account(new AbortController().signal), { instanceOf: AwsError, message: /none/ });
  api.close();
});
