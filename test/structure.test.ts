/** What the repository promises about itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import test from 'ava';

const stages = ['kinesis', 'cloudwatch', 'decode', 'flow-log', 'snare', 'fast-path', 'deliver', 'checkpoint', 'lease'];

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, specifier]) => specifier ?? '');
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier,
  );
}

/** Who may import whom, by folder: plugin, then pipeline, then stages, then what is shared. */
const shared = ['src'];
const allowed: Readonly<Record<string, readonly string[]>> = {
  'plugin/commands': ['plugin', 'src/pipeline', 'src/settings', 'src/report', 'src/aws', ...stageFolders(), ...shared],
  plugin: ['plugin/commands', 'src/pipeline', 'src/settings', 'src/report', ...shared],
  'src/pipeline': [...stageFolders(), 'src/aws', 'src/settings', 'src/report', ...shared],
  ...Object.fromEntries(stageFolders().map((stage) => [stage, ['src/aws', ...shared]])),
  'src/aws': shared,
  'src/settings': shared,
  'src/report': shared,
  src: [],
};

function stageFolders(): readonly string[] {
  return stages.map((stage) => `src/${stage}`);
}

/** Commands look into every stage, and are a folder of their own for that. */
function folderOf(file: string): string {
  const [top = '', second = '', third] = file.split('/');
  if (top === 'plugin') return second === 'commands' ? 'plugin/commands' : 'plugin';
  return third === undefined ? top : `${top}/${second}`;
}

test('the folders of src are those that the layout names', (t) => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  t.deepEqual(folders.map(({ name }) => name).sort(), [...stages, 'aws', 'pipeline', 'report', 'settings'].sort());
});

test('imports go from the plugin to the pipeline, from there to the stages, and from all of them to what is shared', (t) => {
  const files = [...sourceFiles('src'), ...sourceFiles('plugin')];
  t.true(files.length > 100);
  const wrong = files.flatMap((file) => {
    const from = folderOf(file);
    return importsOf(file)
      .filter((target) => /^(src|plugin)\//.test(target) || target.startsWith('..'))
      .filter((target) => folderOf(target) !== from && !allowed[from]?.includes(folderOf(target)))
      .map((target) => `${file} imports ${target}`);
  });
  t.deepEqual(wrong, []);
});

test('a record leaves the pipeline only for a sink: the plugin knows neither records nor their acks', (t) => {
  const known = importsOf('plugin/plugin.ts').filter((target) =>
    /(record|dead-letter[a-z-]*|parse-event)\.js$/.test(target),
  );
  t.deepEqual(known, []);
});

/** The packages that come with the file, those that are loaded later left out. */
function packagesBehind(entry: string): Set<string> {
  const packages = new Set<string>();
  const files = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    const statements = readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';/gm);
    for (const [, specifier = ''] of statements) {
      if (specifier.startsWith('.')) visit(normalize(join(dirname(file), specifier.replace(/\.js$/, '.ts'))));
      else if (!specifier.startsWith('node:')) packages.add(specifier);
    }
  };
  visit(entry);
  return packages;
}

test('neither an import of the package nor a start of the command line loads what may not be needed', (t) => {
  // What the command line itself loads is not imported statically, so that it handles signals before.
  t.deepEqual([...packagesBehind('plugin/cli.ts')], []);
  for (const [, part = ''] of readFileSync('plugin/cli.ts', 'utf8').matchAll(/import\('\.\/(.+)\.js'\)/g))
    for (const name of packagesBehind(`plugin/${part}.ts`)) t.is(name, 'commander', part);
  for (const entry of ['index', 'lambda/index']) {
    const behindPackage = [...packagesBehind(`plugin/${entry}.ts`)];
    t.true(behindPackage.includes('zod'));
    t.deepEqual(
      behindPackage.filter((name) => /aws-sdk|smithy|proxy-agent/.test(name)),
      [],
      entry,
    );
  }
});

test('what runs without a logger loads no package of Winston', (t) => {
  for (const entry of ['commands/run', 'commands/backfill', 'commands/replay/replay', 'lambda/index']) {
    const packages = [...packagesBehind(`plugin/${entry}.ts`)];
    t.true(packages.includes('zod'), entry);
    t.deepEqual(
      packages.filter((name) => /winston|logform|triple-beam/.test(name)),
      [],
      entry,
    );
  }
});

test('no stage reads the environment, logs or exits', (t) => {
  const forbidden = /process\.(env|exit|stdout|stderr|on)\b|console\./;
  const files = sourceFiles('src').filter((file) => folderOf(file) !== 'src/pipeline');
  const wrong = files.filter((file) => forbidden.test(readFileSync(file, 'utf8')));
  t.deepEqual(wrong, []);
});

test('only the deliver stage, and the lock of a checkpoint, know sockets', (t) => {
  const wrong = sourceFiles('src')
    .filter((file) =>
      /(connect|createServer|createConnection)[^;]*from 'node:(net|tls|dgram)'/.test(readFileSync(file, 'utf8')),
    )
    .map((file) => relative('.', file))
    .filter((file) => !/^src\/(deliver\/|checkpoint\/lock)/.test(file));
  t.deepEqual(wrong, []);
});

test('the top level holds what it should and nothing else', (t) => {
  const made = new Set(['.git', 'node_modules', 'dist', 'sbom.cdx.json']);
  const top = readdirSync('.').filter((name) => !made.has(name));
  const folders = ['plugin', 'src', 'test', 'examples', 'docs', '.ci'];
  const files = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'manifest.json',
    'biome.json',
    'ava.config.js',
    '.gitignore',
  ];
  const texts = ['README.md', 'CHANGELOG.md', 'LICENSE', 'SECURITY.md'];
  const allowed = new Set([...folders, ...files, ...texts]);
  t.deepEqual(
    top.filter((name) => !allowed.has(name)),
    [],
  );
});

test('the lock file names no host of a registry', (t) => {
  t.false(/"resolved"/.test(readFileSync('package-lock.json', 'utf8')));
});
