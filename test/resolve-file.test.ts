import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import test from 'ava';
import { resolveFile } from '../src/resolve-file.js';
import { makeFolder } from './checkpoint/temporary-folder.js';

test('a path without links stands for itself, whether or not anything is there', async (t) => {
  const folder = await makeFolder(t);
  await writeFile(join(folder, 'file'), '');
  for (const name of ['file', 'missing', 'missing/folder/file', 'file/below']) {
    t.is(await resolveFile(join(folder, name)), join(folder, name));
    t.is(await resolveFile(relative('', join(folder, name))), join(folder, name));
  }
});

test('links are followed to files, to folders, and to what is not there yet', async (t) => {
  const folder = await makeFolder(t);
  await mkdir(join(folder, 'real/deep'), { recursive: true });
  await writeFile(join(folder, 'real/deep/file'), '');
  await symlink('real/deep', join(folder, 'folder'));
  await symlink('folder/file', join(folder, 'file'));
  await symlink('folder/new', join(folder, 'dangling'));
  await symlink('dangling', join(folder, 'twice'));
  await symlink('nowhere', join(folder, 'no-folder'));
  const table = {
    file: 'real/deep/file',
    'folder/file': 'real/deep/file',
    'folder/new': 'real/deep/new',
    dangling: 'real/deep/new',
    twice: 'real/deep/new',
    'no-folder/file': 'nowhere/file',
  };
  for (const [name, target] of Object.entries(table)) {
    t.is(await resolveFile(join(folder, name)), join(folder, target), name);
  }
});

test('a circle of links is left for its user to fail on', async (t) => {
  const folder = await makeFolder(t);
  await symlink('b', join(folder, 'a'));
  await symlink('a', join(folder, 'b'));
  t.is(await resolveFile(join(folder, 'a')), join(folder, 'a'));
});
