/** What `check` and `setup` say on a machine whose clock is wrong, where AWS only says that it does not accept a signature. */
import test, { type ExecutionContext } from 'ava';
import type { CheckResult } from '../../../plugin/commands/check/check-result.js';
import { runChecks } from '../../../plugin/commands/check/run-checks.js';
import { explainAwsError } from '../../../src/aws/explain.js';
import { systemClock } from '../../../src/clock.js';
import { makeFolder, writeManifest } from '../../end-to-end/command.js';
import { startFakeKinesis } from '../../fakes/fake-kinesis.js';
import { runSetup } from './setup/run-setup.js';

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const call = { action: 'kinesis:ListShards', resource: 'stream "x"', region: 'us-east-1', settings: 'input' };
const expired = 'Signature expired: 20260115T020000Z is now earlier than 20260115T115500Z (20260115T120000Z - 5 min.)';
const early =
  'Signature not yet current: 20260115T120700Z is still later than 20260115T120500Z (20260115T120000Z + 5 min.)';

for (const [code, text, expected] of [
  ['InvalidSignatureException', expired, /clock of this machine is off by 600 minutes: it is behind/],
  ['InvalidSignatureException', early, /clock of this machine is off by 7 minutes: it is ahead/],
  ['SignatureDoesNotMatch', expired, /clock of this machine is off by 600 minutes/],
  ['SignatureDoesNotMatch', 'Signature expired: whatever', /clock of this machine is off \(/],
  ['InvalidSignatureException', 'The signature we calculated does not match', /does not accept the credentials/],
  ['ExpiredTokenException', 'The security token has expired', /does not accept the credentials/],
] as const) {
  test(`${code} with "${text.slice(0, 30)}..." blames ${String(expected).slice(1, 15)}`, (t) => {
    t.regex(explainAwsError(Object.assign(new Error(text), { name: code }), call).message, expected);
  });
}

/** A machine whose clock is ten hours behind that of AWS, which refuses its first signature of each client. */
async function setUp(t: ExecutionContext) {
  const kinesis = await startFakeKinesis({ clock: { now: () => Date.now() + 10 * 3_600_000 } });
  t.teardown(() => kinesis.stop());
  kinesis.createStream('flow-logs');
  const error = { code: 'InvalidSignatureException', message: expired, status: 403 };
  for (const operation of ['DescribeStreamSummary', 'ListShards']) kinesis.fail({ operation, error });
  const folder = await makeFolder(t);
  const { endpoint, region } = kinesis;
  return writeManifest(folder, { input: { stream: 'flow-logs', endpoint, region } });
}

test('check says how far the clock is off, and looks at all the rest with the time of AWS', async (t) => {
  const results: CheckResult[] = [];
  const { signal } = new AbortController();
  for await (const result of runChecks(await setUp(t), { clock: systemClock, signal })) results.push(result);
  t.deepEqual(
    results.map(({ name, status }) => `${name} ${status}`),
    [
      'manifest warn',
      'credentials pass',
      'stream pass',
      ...Array(3).fill('permission pass'),
      'reads pass',
      'sample warn',
      'clock warn',
      'checkpoint pass',
      'files pass',
      'files pass',
    ],
  );
  t.regex(results.find(({ name }) => name === 'clock')?.message ?? '', /off by 600 minutes: it is behind/);
});

test('setup says how far the clock is off, and makes its plan', async (t) => {
  const { code, stdout, stderr } = await runSetup({ manifest: await setUp(t) });
  t.is(code, 0);
  t.regex(stdout, /Stream "flow-logs" exists/);
  t.regex(stderr, /off by 600 minutes: it is behind/);
});
