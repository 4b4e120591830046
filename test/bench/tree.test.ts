/** Tests how the benchmark finds another checkout. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { inputSpecs } from './inputs.js';
import { inputsOf, openTree, thisTree } from './tree.js';

test('another checkout is measured with the inputs that it knows, and one that is not built is refused', async (t) => {
  t.deepEqual(openTree('.'), thisTree);
  t.deepEqual(
    [...(await inputsOf(thisTree))],
    inputSpecs.map(({ name }) => name),
  );
  const folder = mkdtempSync(join(tmpdir(), 'tree-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  t.throws(() => openTree(folder), { message: /Expected a checkout that is built/ });
});
