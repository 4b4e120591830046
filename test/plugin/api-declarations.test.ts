/** What the declarations of the package show to a host's compiler, and to the person who points at a name. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join, normalize, resolve } from 'node:path';
import test from 'ava';
import * as api from '../../plugin/index.js';
import * as lambda from '../../plugin/lambda/index.js';
import { makeFolder } from '../end-to-end/command.js';
import { compileHostApp, resolutions, writeHostApp } from '../fixtures/host-app.js';

const entry = 'dist/plugin/index.d.ts';
const lambdaEntry = 'dist/plugin/lambda/index.d.ts';
const read = (file: string) => readFileSync(file, 'utf8');
const toFile = (from: string, specifier: string) => normalize(join(dirname(from), specifier.replace(/\.js$/, '.d.ts')));

/** The declarations behind the entry, each with the packages that it imports. */
function reach(): ReadonlyMap<string, readonly string[]> {
  const reached = new Map<string, readonly string[]>();
  const visit = (file: string) => {
    if (reached.has(file)) return;
    const specifiers = [...read(file).matchAll(/(?:from|import\() ?['"]([^'"]+)['"]/g)].map(([, name = '']) => name);
    reached.set(
      file,
      specifiers.filter((name) => !name.startsWith('.')),
    );
    for (const name of specifiers.filter((name) => name.startsWith('.'))) visit(toFile(file, name));
  };
  for (const file of [entry, lambdaEntry]) visit(file);
  return reached;
}

test('the declarations import nothing but dependencies that have types, and never zod', (t) => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: object };
  const packages = new Set([...reach().values()].flat().filter((name) => !name.startsWith('node:')));
  t.deepEqual([...packages], ['winston-transport']);
  for (const name of packages) t.true(name in dependencies, name);
});

test('the declarations show no class behind the interfaces, no stage but the row, and nothing of the pipeline', (t) => {
  const files = [...reach().keys()].map((file) => file.replace(/^dist\/|\.d\.ts$/g, ''));
  t.true(files.length > 10);
  const hidden =
    /^src\/(?!(errors|configuration-error|faults|shard-position|output-stats|snare-row|report\/plugin-\w+|settings\/(settings-types|overrides))$)/;
  t.deepEqual(
    files.filter((file) => hidden.test(file) || /plugin\/(plugin|load-plugin|winston\/snare-transport)$/.test(file)),
    [],
  );
});

interface Named {
  readonly name: string;
  readonly file: string;
}

/** The names that a host can import, each with the file that declares it. */
function namesOf(file: string): readonly Named[] {
  const text = read(file);
  const declared = [
    ...text.matchAll(/^export (?:declare )?(?:abstract )?(?:interface|type|class|function|const) (\w+)/gm),
  ];
  const passedOn = [...text.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from '([^']+)';/gm)].flatMap(
    ([, names = '', specifier = '']) => {
      const all = namesOf(toFile(file, specifier));
      return names === '*' ? all : all.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(names));
    },
  );
  return [...declared.map(([, name = '']) => ({ name, file })), ...passedOn];
}

/** Members that say nothing more to a person. */
const plain = /^(#private|readonly (name|prototype)\b|constructor$)/;

test('every name that a host can import, and every member of it, has a doc comment', (t) => {
  const names = [entry, lambdaEntry].flatMap(namesOf);
  t.true(names.length > 60);
  t.deepEqual(names.flatMap(findUndocumented), []);
});

function findUndocumented({ name, file }: Named): readonly string[] {
  const lines = read(file).split('\n');
  const isDocumented = (index: number) => /\*\/$/.test(lines[index - 1] ?? '');
  const declaration = new RegExp(`^export (declare )?(interface|type|class|function|const) ${name}\\b`);
  const at = lines.findIndex((line) => declaration.test(line));
  const end = / (interface|class) /.test(lines[at] ?? '') ? lines.indexOf('}', at) : at;
  const wordOf = (index: number) => lines[index]?.trim().split('(')[0];
  const members = [...lines.keys()].filter(
    (index) => index > at && index < end && /^ {4}[\w#['"]/.test(lines[index] ?? ''),
  );
  const bare = members.filter(
    // One comment is for all overloads.
    (index) => !isDocumented(index) && !plain.test(wordOf(index) ?? '') && wordOf(index) !== wordOf(index - 1),
  );
  return [...(isDocumented(at) ? [] : [name]), ...bare.map((index) => `${name}: ${lines[index]?.trim()}`)];
}

test('docs/api.md names everything that the package exports as a value', (t) => {
  const text = read('docs/api.md');
  const missing = Object.keys({ ...api, ...lambda }).filter((name) => !new RegExp(`^\\| \`${name}\\b`, 'm').test(text));
  t.deepEqual(missing, []);
});

for (const resolution of resolutions) {
  test(`a strict host app compiles with the declarations, and with all that they need: ${resolution}`, async (t) => {
    const folder = await makeFolder(t);
    await writeHostApp(folder);
    await mkdir(join(folder, 'node_modules/@types'), { recursive: true });
    for (const name of ['@types/node', 'winston']) {
      await symlink(resolve('node_modules', name), join(folder, 'node_modules', name), 'junction');
    }
    await symlink(resolve('.'), join(folder, 'node_modules/kinesis-snare'), 'junction');
    t.true(existsSync(join(folder, 'node_modules/kinesis-snare', entry)));
    t.is(await compileHostApp(folder, resolution, 'node_modules/typescript/bin/tsc'), '');
  });
}
