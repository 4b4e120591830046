import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

/** A new folder, removed when the test is over. */
export async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'snare-')));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
