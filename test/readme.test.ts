/** What the README shows is what the code does. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { createProgramPolicy, createRolePolicy, createTrustPolicy } from '../plugin/commands/setup/policies.js';
import { loadSettings } from '../plugin/manifest/manifest.js';
import { DEFAULT_FORMAT } from '../src/flow-log/default-formats.js';
import { parseFlowLog } from '../src/flow-log/parse.js';
import { createLineFormatter } from '../src/snare/line.js';
import { toFlowLogRow } from '../src/snare/row.js';

const readme = readFileSync('README.md', 'utf8');

test('the example line is the line of the documented sample', (t) => {
  const message =
    '2 123456789012 eni-1234s1m4n56789 122.31.17.169 122.31.17.69 20641 22 6 20 4249 1668722921 1668722981 ACCEPT OK';
  const parsed = parseFlowLog(message, [DEFAULT_FORMAT]);
  if ('reason' in parsed) return t.fail(parsed.reason);
  const collected = { atMs: Date.parse('2022-11-17T22:10:02.500Z'), offsetMinutes: 0 };
  const row = toFlowLogRow(parsed, { timestamp: 1668722921000, message }, collected);
  const [, shown] = readme.match(/<!-- example line -->\n```\n(.*\n)```/) ?? [];
  t.is(shown, createLineFormatter({ format: 'snare' })(row, message));
});

test('the manifest is one that the plugin takes', (t) => {
  const [, manifest] = readme.match(/with a `manifest.json` of your own:\n\n```json\n([\s\S]*?)```/) ?? [];
  const { settings } = loadSettings(JSON.parse(manifest ?? '') as object);
  t.is(settings.input?.stream, 'vpc-flow-logs');
  t.is(settings.output?.type, 'tcp');
});

const jsonAfter = (mark: string) => {
  const at = readme.indexOf('```json\n', readme.indexOf(mark)) + '```json\n'.length;
  return JSON.parse(readme.slice(at, readme.indexOf('```', at))) as unknown;
};

const place = { partition: 'aws', region: 'REGION', account: 'ACCOUNT', stream: 'vpc-flow-logs' };
const keyArn = 'arn:aws:kms:REGION:ACCOUNT:key/KEY';

test('the IAM policies are those that setup prints, and grant what the packaged manifest asks for', (t) => {
  const program = createProgramPolicy(place, { logGroups: ['/aws/vpc/flow-logs'], keyArn, looksUpFormats: true });
  t.deepEqual(jsonAfter('<!-- program policy -->'), program);
  t.deepEqual(jsonAfter('<!-- role policy -->'), createRolePolicy(place, keyArn));
  t.deepEqual(jsonAfter('<!-- trust policy -->'), createTrustPolicy(place));
  const actions = (policy: unknown) =>
    JSON.stringify(policy)
      .match(/(kinesis|kms|logs|ec2):(Describe|List|Get|Decrypt|Filter)\w*/g)
      ?.sort();
  const { permissions } = JSON.parse(readFileSync('manifest.json', 'utf8')) as { permissions: { iam: unknown } };
  t.deepEqual(actions(permissions.iam), actions(program));
});

test('the manifest of the AWS section is one that the plugin takes', (t) => {
  const { settings } = loadSettings(jsonAfter('<!-- aws manifest -->') as object);
  t.is(settings.input?.formats, 'auto');
  t.deepEqual(settings.input?.logGroups, ['/aws/vpc/flow-logs']);
});

test('the events named are those of the plugin', (t) => {
  const declared = readFileSync('src/report/plugin-events.ts', 'utf8').matchAll(/^ {2}'?([a-z-]+)'?: \[/gm);
  const paragraph = readme.slice(readme.indexOf('## Events and numbers'), readme.indexOf('`plugin.stats()`'));
  for (const [, name] of declared) t.true(paragraph.includes(`\`${name}\``), `the README does not name "${name}"`);
});

test('the commands named are those of the command line', (t) => {
  const commands = [...readFileSync('plugin/cli.ts', 'utf8').matchAll(/\.command\('([a-z]+)'\)/g)].map(
    ([, name]) => name,
  );
  t.true(commands.length >= 7);
  for (const command of commands) t.regex(readme, new RegExp(`kinesis-snare (checkpoint )?${command}`));
});
