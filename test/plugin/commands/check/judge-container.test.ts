import test from 'ava';
import { judgeContainer } from '../../../../plugin/commands/check/judge-container.js';
import { runChecks } from '../../../../plugin/commands/check/run-checks.js';
import { systemClock } from '../../../../src/clock.js';
import { makeFolder } from '../../../checkpoint/temporary-folder.js';
import { writeManifest } from '../../../end-to-end/command.js';

const weak = { NODE_TLS_REJECT_UNAUTHORIZED: '0', AWS_CONTAINER_CREDENTIALS_FULL_URI: 'https://credentials.invalid' };

test('container credentials whose certificate is not verified are warned of', (t) => {
  t.is(judgeContainer(weak)?.status, 'warn');
  for (const other of [
    { NODE_TLS_REJECT_UNAUTHORIZED: '1' },
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23' },
    { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/credentials' },
    { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' },
  ]) {
    t.is(judgeContainer({ ...weak, ...other }), undefined, JSON.stringify(other));
  }
  t.is(judgeContainer({}), undefined);
});

test.serial('check warns of them', async (t) => {
  const before = { ...process.env };
  t.teardown(() => {
    process.env = before;
  });
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) delete process.env[name];
  Object.assign(process.env, weak, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' });
  const input = { stream: 's', region: 'us-east-1', endpoint: 'http://127.0.0.1:1' };
  const manifest = await writeManifest(await makeFolder(t), { input });
  const warned = [];
  for await (const result of runChecks(manifest, { clock: systemClock, signal: new AbortController().signal })) {
    if (result.status === 'warn' && result.name === 'credentials') warned.push(result.message);
  }
  t.is(warned.length, 1);
  t.regex(warned[0] ?? '', /AWS_CONTAINER_CREDENTIALS_FULL_URI/);
});
