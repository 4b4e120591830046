/** What the README and docs/ say is what the code does. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { createProgramPolicy, createRolePolicy, createTrustPolicy } from '../../plugin/commands/setup/policies.js';
import { loadSettings } from '../../plugin/manifest/manifest.js';
import { DEFAULT_FORMAT } from '../../src/flow-log/default-formats.js';
import { parseFlowLog } from '../../src/flow-log/parse.js';
import { metricSources } from '../../src/report/metrics.js';
import { createLineFormatter } from '../../src/snare/line.js';
import { toFlowLogRow } from '../../src/snare/row.js';
import { codeBlocks, inlineCode, readPage, userPages } from './markdown.js';

const pages = userPages();

function blockMarked(mark: string): string {
  const found = pages.flatMap(codeBlocks).filter((block) => block.mark === mark);
  if (found.length !== 1) throw new Error(`Expected one block after "<!-- ${mark} -->", got ${found.length}`);
  return found[0]?.text ?? '';
}

const jsonMarked = (mark: string) => JSON.parse(blockMarked(mark)) as object;

/** The texts of the sources in a folder. */
function typeScriptIn(folder: string, recursive: boolean): readonly string[] {
  const names = readdirSync(folder, { recursive, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return names.map((name) => readFileSync(join(folder, name), 'utf8'));
}

test('the README has at most 12 kB', (t) => {
  t.true(readFileSync('README.md').length <= 12_000);
});

test('the README leads to every page of docs/, and names the versions of Node that the package takes', (t) => {
  const { text } = readPage('README.md');
  for (const { file } of pages.slice(1)) t.true(text.includes(`](${file})`), file);
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  t.true(text.includes(`\`${engines.node}\``));
});

test('the example line is the line of the documented sample', (t) => {
  const message =
    '2 123456789012 eni-1234s1m4n56789 122.31.17.169 122.31.17.69 20641 22 6 20 4249 1668722921 1668722981 ACCEPT OK';
  const parsed = parseFlowLog(message, [DEFAULT_FORMAT]);
  if ('reason' in parsed) return t.fail(parsed.reason);
  const collected = { atMs: Date.parse('2022-11-17T22:10:02.500Z'), offsetMinutes: 0 };
  const row = toFlowLogRow(parsed, { timestamp: 1668722921000, message }, collected);
  t.is(blockMarked('example line'), createLineFormatter({ format: 'snare' })(row, message));
});

test('the manifests are those that the text describes', (t) => {
  const host = loadSettings(jsonMarked('host manifest')).settings;
  t.is(host.input?.stream, 'vpc-flow-logs');
  t.is(host.output?.type, 'tcp');
  const aws = loadSettings(jsonMarked('aws manifest')).settings;
  t.is(aws.input?.formats, 'auto');
  t.deepEqual(aws.input?.logGroups, ['/aws/vpc/flow-logs']);
});

const place = { partition: 'aws', region: 'REGION', account: 'ACCOUNT', stream: 'vpc-flow-logs' };
const keyArn = 'arn:aws:kms:REGION:ACCOUNT:key/KEY';

test('the IAM policies are those that setup prints, and grant what the packaged manifest asks for', (t) => {
  const needs = {
    logGroups: ['/aws/vpc/flow-logs'],
    keyArn,
    looksUpFormats: true,
    table: 'kinesis-snare',
    consumer: 'kinesis-snare',
  };
  const program = createProgramPolicy(place, needs);
  t.deepEqual(jsonMarked('program policy'), program);
  t.deepEqual(jsonMarked('role policy'), createRolePolicy(place, keyArn));
  t.deepEqual(jsonMarked('trust policy'), createTrustPolicy(place));
  const actions = (policy: unknown) =>
    JSON.stringify(policy)
      .match(
        /(kinesis|kms|logs|ec2|dynamodb):(Describe|List|Get|Subscribe|Decrypt|Filter|Create|Scan|Put|Update|Delete)\w*/g,
      )
      ?.sort();
  const { permissions } = JSON.parse(readFileSync('manifest.json', 'utf8')) as { permissions: { iam: unknown } };
  t.deepEqual(actions(permissions.iam), actions(program));
});

test('the events in docs/operations.md are those of the plugin', (t) => {
  const declared = typeScriptIn('src/report', false).flatMap((source) => [
    ...source.matchAll(/^ {2}'?([a-z-]+)'?: \[/gm),
  ]);
  t.true(declared.length > 10);
  const { text } = readPage('docs/operations.md');
  const rows = text.slice(text.indexOf('## Events')).match(/^\| (`[^|]*) \|/gm) ?? [];
  const named = rows.flatMap((row) => [...row.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name));
  t.deepEqual(named.toSorted(), declared.map(([, name]) => name).toSorted());
});

test('the metrics in docs/operations.md are those of the program', (t) => {
  const { text } = readPage('docs/operations.md');
  const table = text.slice(text.indexOf('| metrics | what they say |'), text.indexOf('## As a service'));
  const cells = (table.match(/^\| `[^|]*\|/gm) ?? []).map((cell) => cell.replaceAll(/ by `\w+`( and `\w+`)?/g, ''));
  const named = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  t.deepEqual(named.toSorted(), metricSources.map(({ name }) => name).toSorted());
});

test('the files that docs/operations.md lists are those that the program writes', (t) => {
  const listed = inlineCode(readPage('docs/operations.md'))
    .filter((code) => code.startsWith('….'))
    .map((code) => code.slice('….'.length).replace(/[-.]….*/, ''));
  const commands = ['plugin/commands', 'plugin/commands/replay'].flatMap((folder) => typeScriptIn(folder, false));
  const sources = [...typeScriptIn('src', true), ...commands];
  // The suffixes of paths, such as `${path}.gaps.json` and `${file}.reset-${stamp}`.
  const written = sources.flatMap((source) =>
    [...source.matchAll(/`\$\{[^`}]+\}\.([a-z-]+?(?:\.json)?)(?:`|-\$)/g)].map(([, name]) => name),
  );
  t.deepEqual([...new Set(listed)].toSorted(), [...new Set(written)].toSorted());
});

test('every setting that a text names is one', (t) => {
  const table = readPage('docs/settings.md').text;
  const named = pages.flatMap(inlineCode).filter((code) => /^(input|output|deadLetter)(\.[A-Za-z]+)+$/.test(code));
  t.true(named.length > 20);
  t.deepEqual(
    named.filter((name) => !table.includes(`| \`${name}\` |`) && !table.includes(`\`${name}\` is one of`)),
    [],
  );
});

test('every promise of the benchmark that is not met has its reason', (t) => {
  const { text } = readPage('docs/performance.md');
  const notMet = [...text.matchAll(/^\| (.*?) \| .* \| NOT met \|$/gm)].map(([, what]) => what);
  const explained = [...text.matchAll(/^- \*\*(.*)\*\*: \S/gm)].map(([, what]) => what);
  t.deepEqual(explained, notMet);
});

test('the tables of the benchmark are in docs/performance.md only', (t) => {
  for (const file of ['README.md', 'test/bench/README.md'])
    t.notRegex(readFileSync(file, 'utf8'), /\| must show \||\| k flows\/s \|/);
});
