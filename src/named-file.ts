/**
 * Whether a path still names a file that was opened or written. Another program, such as a log rotation, may have moved,
 * removed or replaced it, and what was written to it may be lost.
 */
import type { BigIntStats } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';

/** Attempts to write something until the path names the written file afterwards. */
const maxAttempts = 3;

/** An inode number is unique only within its device. Both may exceed the safe integers. */
export type FileIdentity = Pick<BigIntStats, 'dev' | 'ino'>;

export function identify(file: FileHandle): Promise<BigIntStats> {
  return file.stat({ bigint: true });
}

/** The file at the path, if it is the given one; undefined if it is another one, or none. */
export async function statNamed(path: string, { dev, ino }: FileIdentity): Promise<BigIntStats | undefined> {
  const found = await statIfThere(path);
  return found?.dev === dev && found.ino === ino ? found : undefined;
}

/** Identifies a file after it is closed: its inode number alone may be reused once the file is removed. */
export interface WrittenFile extends FileIdentity, Pick<BigIntStats, 'birthtimeNs'> {
  readonly path: string;
}

/** Whether the path still names the file. */
export async function isStillNamed(written: WrittenFile): Promise<boolean> {
  return (await statNamed(written.path, written))?.birthtimeNs === written.birthtimeNs;
}

/** Repeats a write as long as it returns undefined, which means that the path no longer named the file afterwards. */
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
