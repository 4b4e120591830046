/** Two channels on one file, as when a transport is added again while its last output still drains. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openFileChannel } from '../../src/deliver/file-channel.js';

test('channels on the same file never write over each other', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'file-channel-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'lines');
  const channels = [await openFileChannel(path), await openFileChannel(path)];
  for (const line of ['a', 'b', 'c']) {
    for (const [index, channel] of channels.entries()) await channel.write(Buffer.from(`${line}${index}\n`));
  }
  for (const channel of channels) await channel.end();
  t.is(await readFile(path, 'utf8'), 'a0\na1\nb0\nb1\nc0\nc1\n');
});
