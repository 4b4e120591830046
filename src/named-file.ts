/**
 * Whether a path still names a file that was opened or written: meanwhile it may have been moved, removed or replaced, also by
 * a rotation of another program, and what was written to it may be gone with it.
 */
import type { BigIntStats } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';

/** Times that something is written until the path names its file afterwards. */
const maxAttempts = 3;

/** An inode number says nothing without its device. Both may be larger than a number holds exactly. */
export type FileIdentity = Pick<BigIntStats, 'dev' | 'ino'>;

export function identify(file: FileHandle): Promise<BigIntStats> {
  return file.stat({ bigint: true });
}

/** What is at the path, while that is the file; undefined when it is another one, or none. */
export async function statNamed(path: string, { dev, ino }: FileIdentity): Promise<BigIntStats | undefined> {
  const found = await statIfThere(path);
  return found?.dev === dev && found.ino === ino ? found : undefined;
}

/** What tells a file that is closed from others: the number of one that was removed is soon given to another. */
export interface WrittenFile extends FileIdentity, Pick<BigIntStats, 'birthtimeNs'> {
  readonly path: string;
}

/** Whether the path still names the file. */
export async function isStillNamed(written: WrittenFile): Promise<boolean> {
  return (await statNamed(written.path, written))?.birthtimeNs === written.birthtimeNs;
}

/** Repeats a write whose file the path no longer named afterwards, for which the write returns undefined. */
export async function writeUntilNamed<Result>(write: () => Promise<Result | undefined>): Promise<Result> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const result = await write();
    if (result !== undefined) return result;
  }
  throw new Error(
    'The file was moved, removed, replaced or truncated each time that it was written; it is written again',
  );
}

async function statIfThere(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
