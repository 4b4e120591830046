/** The packaged manifest and the table of settings say what the code says. */
import { exec } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import test from 'ava';
import { loadSettings } from '../../../plugin/manifest/manifest.js';
import { createConfigSchema, type OptionSchema } from '../../../plugin/manifest/option-schema.js';
import { formatOptionsTable, insertOptionsTable } from '../../../plugin/manifest/options-table.js';
import { manifestKeys } from '../../../plugin/manifest/read-manifest.js';
import { settingsSchema } from '../../../src/settings/settings.js';

const root = new URL('../../../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const manifest = JSON.parse(read('manifest.json'));
const packageJson = JSON.parse(read('package.json'));

test('configSchema is made from the settings', (t) => {
  t.deepEqual(manifest.configSchema, JSON.parse(JSON.stringify(createConfigSchema())), 'run npm run generate');
});

test('the table in docs/settings.md is generated from the settings', (t) => {
  const page = read('docs/settings.md');
  t.true(page.includes('<!-- options -->'));
  t.true(insertOptionsTable(page) === page, 'run npm run generate');
});

test('the manifest and package.json agree', (t) => {
  t.is(manifest.version, packageJson.version, 'run npm run generate');
  t.is(manifest.description, packageJson.description, 'run npm run generate');
  t.is(manifest.engines.node, packageJson.engines.node);
  t.is(manifest.engines.winston, packageJson.peerDependencies.winston);
  t.is(manifest.entrypoints.plugin.split('#')[0], packageJson.exports['.'].default);
  t.is(manifest.entrypoints.exec, `./${packageJson.bin['kinesis-snare']}`);
});

test('the package has a bill of materials of what it installs, and of what it is built with', async (t) => {
  const { scripts, files, publishConfig, dependencies, devDependencies } = packageJson;
  t.is(scripts.prepack, 'npm run --silent sbom');
  const [command, file] = scripts.sbom.split(' > ');
  t.true(files.includes(file));
  t.true(publishConfig.provenance);
  const { stdout } = await promisify(exec)(command, { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  const { bomFormat, components } = JSON.parse(stdout) as { bomFormat: string; components: { name: string }[] };
  t.is(bomFormat, 'CycloneDX');
  const names = new Set(components.map(({ name }) => name));
  t.deepEqual(
    Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !names.has(name)),
    [],
  );
});

test('a host may copy the packaged manifest as a whole', (t) => {
  t.deepEqual(Object.keys(manifest), [...manifestKeys]);
  t.deepEqual(manifest.config, {});
  const { settings } = loadSettings(manifest, {}, { environment: {} });
  t.deepEqual(settings, loadSettings({ id: 'kinesis-snare' }, {}, { environment: {} }).settings);
});

test('the drain fits into the shutdown that the manifest promises', (t) => {
  t.is(manifest.capabilities.gracefulShutdownMs, settingsSchema.parse({}).drainTimeoutMs);
});

test('the policy lists each permission for a stream, and those for fan-out, log groups, decryption, leases and formats for themselves', (t) => {
  const [stream, consumer, subscribe, logs, key, leases, formats, ...others] = manifest.permissions.iam.Statement;
  t.deepEqual(others, []);
  t.deepEqual(stream.Action, [
    'kinesis:DescribeStreamSummary',
    'kinesis:ListShards',
    'kinesis:GetShardIterator',
    'kinesis:GetRecords',
  ]);
  t.regex(stream.Resource, /^arn:aws:kinesis:[^:]+:[^:]+:stream\//);
  t.deepEqual([consumer.Action, subscribe.Action], ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard']);
  t.deepEqual(logs.Action, ['logs:DescribeSubscriptionFilters', 'logs:FilterLogEvents']);
  for (const resource of logs.Resource) t.regex(resource, /^arn:aws:logs:[^:]+:[^:]+:log-group:/);
  t.is(key.Action, 'kms:Decrypt');
  t.regex(leases.Resource, /^arn:aws:dynamodb:[^:]+:[^:]+:table\//);
  t.is(formats.Action, 'ec2:DescribeFlowLogs');
});

/** Every schema in a schema. */
function all(schema: OptionSchema): OptionSchema[] {
  const parts = [...Object.values(schema.properties ?? {}), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [schema, ...[...parts, ...(schema.items ? [schema.items] : [])].flatMap(all)];
}

test('every option has a sentence, and every number and path its limits', (t) => {
  for (const { properties = {} } of all(createConfigSchema())) {
    for (const [key, option] of Object.entries(properties)) t.regex(option.description ?? '', /^\S.*\.$/, key);
  }
  for (const schema of all(createConfigSchema()).filter(({ type }) => type === 'integer')) {
    t.true((schema.maximum ?? Number.MAX_SAFE_INTEGER) < Number.MAX_SAFE_INTEGER);
    t.true((schema.minimum ?? -1) >= 0);
  }
});

test('the schema is of what a user writes', (t) => {
  const { properties = {} } = createConfigSchema();
  t.deepEqual(properties.input?.required, ['stream']);
  t.false('required' in createConfigSchema());
  // Merged onto the default, the type of a checkpoint file need not be written.
  t.deepEqual(
    properties.input?.properties?.checkpoint?.oneOf?.map(({ required }) => required),
    [undefined, ['type'], ['type', 'table']],
  );
  t.notRegex(JSON.stringify(properties), /"pattern"/);
});

test('the table has each option once for each meaning, with its types', (t) => {
  const rows = formatOptionsTable()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  t.is(new Set(rows).size, rows.length);
  const row = (option: string) => rows.filter((line) => line.startsWith(`| \`${option}\` |`));
  t.deepEqual(row('output.port'), [
    "| `output.port` | tcp, udp | a whole number from 1 to 65535 | `6161` | The receiver's port. |",
    "| `output.port` | tls | a whole number from 1 to 65535 | `6163` | The receiver's port. |",
  ]);
  t.deepEqual(row('output.rotateBytes'), [
    '| `output.rotateBytes` | tcp, tls | a whole number from 1024 to 1073741824 | `8388608` (8 MiB) | Most bytes that are sent over one connection. |',
  ]);
  t.regex(row('output.format')[0] ?? '', /\| tcp, tls, udp, file, stdout \| "snare", "snare-tab"/);
  t.deepEqual(row('input.stream'), [
    '| `input.stream` | a string that is not empty | required | Name or ARN of the Kinesis data stream. |',
  ]);
  t.is(row('input.formats[].logGroup').length, 1);
  t.regex(formatOptionsTable(), /^- `memory`: Keep the positions in memory until the process ends; for trials\.$/m);
});

test('every setting is in the table', (t) => {
  const table = formatOptionsTable();
  for (const { properties = {} } of all(createConfigSchema())) {
    for (const key of Object.keys(properties).filter((one) => one !== '$schema')) {
      t.regex(table, new RegExp(`[\`.]${key}\``));
    }
  }
});

test('the table goes between its marks, whatever was there', (t) => {
  const marked = (between: string) => `# a\n<!-- options -->${between}<!-- /options -->\n$& b`;
  t.is(insertOptionsTable(marked('\nold\n')), marked(`\n\n${formatOptionsTable()}\n\n`));
  t.is(insertOptionsTable('no marks'), 'no marks');
});
