/**
 * The examples of packaging say what the program takes: commands, options, manifests, and stop times above that of the drain.
 * Their own linters read them in test/interop.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createProgram } from '../../plugin/commands/program.js';
import { createStatusLine } from '../../plugin/commands/status-line.js';
import { loadSettings } from '../../plugin/manifest/manifest.js';

const read = (name: string) => readFileSync(join('examples', name), 'utf8');
const unit = read('systemd/kinesis-snare.service');
const dockerfile = read('docker/Dockerfile');
const kubernetes = read('kubernetes/kinesis-snare.yaml');
const { drainTimeoutMs } = loadSettings({ id: 'kinesis-snare' }).settings;

/** Every value of a key, in whatever notation. */
function valuesOf(text: string, key: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^ *(?:- )?${key}[:= ] *(.*)$`, 'gm'))].map(([, value = '']) => value);
}

/** The commands of the program that the examples start, as lists of words. */
function commandsIn(): readonly (readonly string[])[] {
  const list = (text: string) => JSON.parse(text) as string[];
  const [start = ''] = valuesOf(unit, 'ExecStart');
  const [entry = ''] = valuesOf(dockerfile, 'ENTRYPOINT');
  const [, run = ''] = /^CMD (.*)/m.exec(dockerfile) ?? [];
  const [, health = ''] = /HEALTHCHECK[\s\S]*?CMD (.*)/.exec(dockerfile) ?? [];
  const [args = ''] = valuesOf(kubernetes, 'args');
  const pod = [...list(entry), ...list(args)];
  return [start.split(' '), [...list(entry), ...list(run)], list(health), pod];
}

test('every command is one that the program takes', async (t) => {
  const known = commandsIn();
  t.deepEqual(
    known.map((words) => words[2]),
    ['run', 'run', 'health', 'run'],
  );
  for (const [node = '', cli = '', ...args] of known) {
    t.regex(node, /\/node$/);
    t.regex(cli, /\/kinesis-snare\/dist\/plugin\/cli\.js$/);
    let runs = 0;
    const run = async () => void runs++;
    const silent = { write: () => true };
    const streams = { stdin: process.stdin, stdout: silent, stderr: silent };
    await createProgram({ run, statusLine: createStatusLine(silent), streams }).parseAsync(args, { from: 'user' });
    t.is(runs, 1, args.join(' '));
  }
});

test('every stop time is above the drain time, and every stop is by SIGTERM', (t) => {
  const [, docker] = /--stop-timeout (\d+)/.exec(dockerfile) ?? [];
  const seconds = [
    ...valuesOf(unit, 'TimeoutStopSec'),
    docker,
    ...valuesOf(kubernetes, 'terminationGracePeriodSeconds'),
  ];
  t.is(seconds.length, 3);
  for (const value of seconds) t.true(Number(value) * 1000 >= drainTimeoutMs + 10_000, value);
  t.deepEqual(valuesOf(unit, 'KillSignal'), []);
  t.deepEqual(valuesOf(dockerfile, 'STOPSIGNAL'), ['SIGTERM']);
});

test('no example runs as root or writes beside its state', (t) => {
  t.deepEqual(valuesOf(unit, 'User'), ['kinesis-snare']);
  t.deepEqual(valuesOf(unit, 'ProtectSystem'), ['strict']);
  t.deepEqual(valuesOf(dockerfile, 'USER'), ['65532:65532']);
  t.true(dockerfile.includes('--read-only'));
  t.deepEqual(valuesOf(kubernetes, 'runAsNonRoot'), ['true']);
  t.deepEqual(valuesOf(kubernetes, 'readOnlyRootFilesystem'), ['true']);
});

test('a unit is reloaded by SIGHUP, and not started again for what a restart cannot help', (t) => {
  t.deepEqual(valuesOf(unit, 'ExecReload'), ['/bin/kill -HUP $MAINPID']);
  t.deepEqual(valuesOf(unit, 'RestartPreventExitStatus'), ['2 78']);
  t.true(read('logrotate/kinesis-snare').includes('systemctl reload kinesis-snare'));
});

/** The settings of a manifest, with one file in place of each secret. */
async function load(t: ExecutionContext, text: string, environment: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'packaging-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'secret'), 'a secret', { mode: 0o600 });
  const manifest = JSON.parse(text.replaceAll(/\$\{file:[^}]+\}/g, `\${file:${folder}/secret}`)) as object;
  return loadSettings(manifest, {}, { environment }).settings;
}

test('the manifests are valid, and keep their state where the example writes', async (t) => {
  const systemd = await load(t, read('systemd/manifest.json'));
  const [, block = ''] = /manifest\.json: \|\n((?: {4}.*\n)+)/.exec(kubernetes) ?? [];
  const pod = await load(t, block);
  for (const { input, deadLetter } of [systemd, pod]) {
    t.like(input?.checkpoint, { path: '/var/lib/kinesis-snare/kinesis-snare.checkpoint.json' });
    t.is(deadLetter.path, '/var/lib/kinesis-snare/kinesis-snare.dead-letter.ndjson');
  }
  t.deepEqual(valuesOf(unit, 'StateDirectory'), ['kinesis-snare']);
  t.true(valuesOf(kubernetes, 'mountPath').includes('/var/lib/kinesis-snare'));
  t.deepEqual(valuesOf(dockerfile, 'VOLUME'), ['/var/lib/kinesis-snare']);
  // The port of the probes and of the policy.
  t.like(pod, { metrics: { port: 9464, host: '0.0.0.0' } });
  t.deepEqual(valuesOf(kubernetes, 'containerPort'), ['9464']);
  if (pod.output?.type === 'tls') t.is(pod.output.tls.passphrase, 'a secret');
  else t.fail('Expected an output of type tls');
});
