/** A folder as that of a host app, in which this package, winston and the types are installed. */
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ExecutionContext } from 'ava';
import { makeFolder } from '../end-to-end/command.js';

export async function makeApp(t: ExecutionContext): Promise<string> {
  const { name } = JSON.parse(await readFile('package.json', 'utf8')) as { readonly name: string };
  const folder = await makeFolder(t);
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  await symlink(resolve('.'), join(modules, name));
  for (const other of ['winston', '@types']) await symlink(resolve('node_modules', other), join(modules, other));
  return folder;
}
