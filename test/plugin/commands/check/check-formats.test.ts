import test from 'ava';
import { checkFormats } from '../../../../plugin/commands/check/check-formats.js';
import { loadSettings } from '../../../../plugin/manifest/manifest.js';
import { systemClock } from '../../../../src/clock.js';
import { startFakeEc2 } from '../../../fakes/fake-ec2.js';
import { unwatched } from '../../../fakes/unwatched.js';

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

test('a field that is probably misspelt is reported, also where nothing is looked up', async (t) => {
  const config = { input: { stream: 's', region: 'us-east-1', formats: '${version} ${srcadr}' } };
  const { input } = loadSettings({ id: 'kinesis-snare', config }).settings;
  if (!input) throw new TypeError('There is no input');
  const { result } = await checkFormats(input, [], '', {
    watch: unwatched,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  t.is(result?.status, 'warn');
  t.regex(result?.message ?? '', /did you mean "srcaddr"/);
});

test('an EC2 that is not there ends the look-up of a check in time, with what to do', async (t) => {
  const ec2 = await startFakeEc2();
  const ec2Endpoint = ec2.endpoint;
  await ec2.stop();
  const config = {
    input: {
      stream: 'flow-logs',
      region: 'us-east-1',
      logGroups: ['/aws/vpc'],
      formats: 'auto',
      ec2Endpoint,
    },
  };
  const { input } = loadSettings({ id: 'kinesis-snare', config }).settings;
  if (!input) throw new TypeError('There is no input');
  // The limit is over once the look-up has failed and waits for its next attempt.
  let wait = () => {};
  const isWaiting = new Promise<void>((resolve) => {
    wait = resolve;
  });
  const limitMs = 15_000;
  const hasty = {
    ...systemClock,
    sleep(ms: number, aborted: AbortSignal) {
      if (ms >= limitMs) return isWaiting;
      wait();
      return systemClock.sleep(ms, aborted);
    },
  };
  const { signal } = new AbortController();
  const arn = 'arn:aws:kinesis:us-east-1:123456789012:stream/flow-logs';
  const { result } = await checkFormats(input, [], arn, { clock: hasty, watch: unwatched, signal });
  t.is(result?.status, 'fail');
  t.regex(result?.message ?? '', /held until/);
  t.truthy(result?.advice);
});
