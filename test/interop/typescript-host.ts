/**
 * The package as a strict TypeScript host gets it: packed, installed by pnpm with nothing hoisted, so that a declaration that
 * imports what the package does not depend on finds nothing, and compiled with each supported compiler.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { compileHostApp, resolutions, writeHostApp } from '../fixtures/host-app.js';
import { UnavailableError } from './programs.js';

const pnpm = 'pnpm@12';
const compilers = { 'typescript-5': '~5.9', 'typescript-7': '~7.0' } as const;
const limitMs = 300_000;

/** Resolves with what was compiled; rejects with what a compiler says, or an `UnavailableError` without npm's registry. */
export async function compileWithEachCompiler(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'typescript-host-'));
  try {
    await writeHostApp(folder);
    await install(folder);
    const compiled: string[] = [];
    for (const compiler of Object.keys(compilers)) {
      const installed = join(folder, 'node_modules', compiler);
      const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { version: string };
      for (const resolution of resolutions) {
        const faults = await compileHostApp(folder, resolution, join(installed, 'bin/tsc'));
        if (faults) throw new Error(`TypeScript ${version}, ${resolution}: ${faults}`);
        compiled.push(`TypeScript ${version} ${resolution}`);
      }
    }
    return compiled.join(', ');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function install(folder: string): Promise<void> {
  // The script `prepare` would build again, while this runs from what it clears away.
  await npm(resolve('.'), ['pack', '--ignore-scripts', '--pack-destination', folder]);
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  const { devDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const dependencies = {
    'kinesis-snare': `file:${tarball}`,
    winston: devDependencies.winston,
    '@types/node': devDependencies['@types/node'],
    ...Object.fromEntries(Object.entries(compilers).map(([name, range]) => [name, `npm:typescript@${range}`])),
  };
  const own = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as object;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...own, dependencies }));
  await writeFile(join(folder, 'pnpm-workspace.yaml'), 'hoist: false\nstoreDir: ./store\n');
  await npm(folder, ['exec', '--yes', '--package', pnpm, '--', 'pnpm', 'install']);
  if (existsSync(join(folder, 'node_modules/.pnpm/node_modules'))) throw new Error('pnpm has hoisted the dependencies');
}

async function npm(folder: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('npm', args, { cwd: folder, timeout: limitMs });
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { readonly stdout?: string; readonly stderr?: string };
    const text = `${message}\n${stdout}\n${stderr}`;
    if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH/.test(text)) {
      throw new UnavailableError("npm's registry cannot be reached");
    }
    throw new Error(text);
  }
}
