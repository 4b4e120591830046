/** What a host catches: each error with its class, and a code of the documented ones. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import * as api from '../../plugin/index.js';
import { toStartErrorCode } from '../../src/aws/explain.js';
import { systemClock } from '../../src/clock.js';
import { makeFolder } from '../end-to-end/command.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { toFakeInput } from './fake-input.js';

// The fake takes any; without them the SDK would look for real ones.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

type PluginError = Error & { readonly code: api.ErrorCode };

interface Setting {
  readonly kinesis: FakeKinesis;
  readonly folder: string;
  readonly input: ReturnType<typeof toFakeInput>;
  /** Registers a plugin that is stopped at the end of the test. */
  plugin(config: object, logger?: winston.Logger): Promise<api.Plugin>;
}

async function setUp(t: ExecutionContext): Promise<Setting> {
  const kinesis = await startFakeKinesis({ clock: systemClock });
  t.teardown(() => kinesis.stop());
  kinesis.createStream('flow-logs', { shards: 1 });
  const folder = await makeFolder(t);
  const standard = { output: { type: 'file', path: join(folder, 'lines.txt') }, drainTimeoutMs: 1000 };
  const deadLetter = { path: join(folder, 'dead-letter.ndjson') };
  return {
    kinesis,
    folder,
    input: toFakeInput(kinesis, 'flow-logs', folder),
    async plugin(config, logger = winston.createLogger()) {
      const plugin = await api.register(logger, {
        id: 'kinesis-snare',
        config: { ...standard, deadLetter, ...config },
      });
      t.teardown(() => plugin.stop());
      return plugin;
    },
  };
}

const begin = async ({ plugin }: Setting, config: object, logger?: winston.Logger) =>
  (await plugin(config, logger)).start();

/** One start that leaves a checkpoint behind. */
async function beginAndStop(setting: Setting): Promise<void> {
  const plugin = await setting.plugin({ input: setting.input });
  await plugin.start();
  await plugin.stop();
}

const refuse = (code: string) => async (setting: Setting) => {
  setting.kinesis.fail({ operation: 'DescribeStreamSummary', error: { code } });
  await begin(setting, { input: setting.input });
};

type Kind = abstract new (...args: never[]) => PluginError;
const cases: Partial<Record<api.ErrorCode, readonly [kind: Kind, use: (setting: Setting) => Promise<unknown>]>> = {
  'invalid-configuration': [api.ConfigurationError, ({ plugin }) => plugin({ output: { type: 'fiel' } })],
  'incomplete-configuration': [
    api.PluginStartError,
    async () => {
      for await (const { ack } of new api.FlowLogInput({ id: 'kinesis-snare' })) ack();
    },
  ],
  'plugin-stopped': [
    api.PluginStartError,
    async ({ plugin }) => {
      const stopped = await plugin({});
      await stopped.stop();
      await stopped.start();
    },
  ],
  'logger-ended': [
    api.PluginStartError,
    async ({ plugin, input }) => {
      const logger = winston.createLogger();
      logger.on('error', () => {});
      const registered = await plugin({ input }, logger);
      logger.end();
      await registered.start();
    },
  ],
  'no-transport': [
    api.PluginStartError,
    async ({ input }) =>
      (await api.register(winston.createLogger(), { id: 'kinesis-snare', config: { input } })).start(),
  ],
  'level-blocks': [
    api.PluginStartError,
    (setting) => begin(setting, { input: setting.input }, winston.createLogger({ level: 'error' })),
  ],
  'not-found': [api.StartError, (setting) => begin(setting, { input: { ...setting.input, stream: 'no-such-stream' } })],
  'access-refused': [api.StartError, refuse('AccessDeniedException')],
  'invalid-request': [api.StartError, refuse('ValidationException')],
  'checkpoint-locked': [
    api.CheckpointError,
    async (setting) => {
      await begin(setting, { input: setting.input });
      await begin(setting, { input: setting.input });
    },
  ],
  'checkpoint-other-stream': [
    api.CheckpointError,
    async (setting) => {
      await beginAndStop(setting);
      setting.kinesis.createStream('another', { shards: 1 });
      await begin(setting, { input: { ...setting.input, stream: 'another' } });
    },
  ],
  'checkpoint-stream-recreated': [
    api.CheckpointError,
    async (setting) => {
      await beginAndStop(setting);
      setting.kinesis.deleteStream('flow-logs');
      await new Promise((resolve) => setTimeout(resolve, 5));
      setting.kinesis.createStream('flow-logs', { shards: 1 });
      await begin(setting, { input: setting.input });
    },
  ],
  'checkpoint-unreadable': [
    api.CheckpointError,
    async (setting) => {
      await writeFile(join(setting.folder, 'checkpoint.json'), '{', { mode: 0o600 });
      await begin(setting, { input: setting.input });
    },
  ],
  'checkpoint-not-written': [
    api.CheckpointError,
    async (setting) => {
      await writeFile(join(setting.folder, 'a-file'), '');
      const checkpoint = { type: 'file', path: join(setting.folder, 'a-file', 'checkpoint.json') };
      await begin(setting, { input: { ...setting.input, checkpoint } });
    },
  ],
  'dead-letter-not-written': [
    api.DeadLetterError,
    async (setting) => {
      await writeFile(join(setting.folder, 'a-file'), '');
      const deadLetter = { path: join(setting.folder, 'a-file', 'dead-letter.ndjson') };
      await begin(setting, { input: setting.input, deadLetter });
    },
  ],
};

for (const [code, [kind, use]] of Object.entries(cases)) {
  test(`a host catches ${kind.name} with the code ${code}`, async (t) => {
    const setting = await setUp(t);
    const error = await t.throwsAsync(() => use(setting), { instanceOf: Error });
    t.true(error instanceof kind, error?.stack);
    t.is((error as PluginError).code, code as api.ErrorCode);
    t.is(error?.name, kind.name);
  });
}

test('AWS without credentials or a region ends a start with a code of its own', (t) => {
  t.is(toStartErrorCode({ kind: 'no-credentials', message: 'none' }), 'no-credentials');
  t.is(toStartErrorCode({ kind: 'invalid', message: 'Region is missing' }), 'no-region');
});

test('every code is documented with its class and what to do, and belongs to an error that is exported', (t) => {
  const [union = ''] = readFileSync('src/errors.ts', 'utf8').match(/export type ErrorCode =[\s\S]*?';/) ?? [];
  const declared = union.matchAll(/\/\*\* `(\w+)`: .+\. [A-Z].+\. \*\/\n {2}\| '([a-z-]+)'/g);
  const documented = [...declared].map(([, name = '', code = '']) => [code, name] as const);
  const elsewhere: readonly (readonly [api.ErrorCode, string])[] = [
    ['no-credentials', 'StartError'],
    ['no-region', 'StartError'],
    [new api.OutputClosedError('', { cause: undefined, isFault: true }).code, 'OutputClosedError'],
    // Thrown by a loop; see data-loss.test.ts.
    [new api.PluginFailedError('').code, 'PluginFailedError'],
  ];
  const known = [...Object.entries(cases).map(([code, [kind]]) => [code, kind.name] as const), ...elsewhere];
  t.deepEqual(documented.toSorted(), known.toSorted());
  t.is(documented.length, union.split("\n  | '").length - 1);
  for (const [, name] of documented) t.true(name in api, name);
});
