/** Rotation by number: the file becomes `.1`, `.1` becomes `.2` and so on; the last one is dropped. */
import { rename } from 'node:fs/promises';

/** Renames the oldest first, so that a crash leaves a gap in the numbers but loses no file except the oldest. */
export async function rotateFiles(path: string, maxFiles: number): Promise<void> {
  for (let number = maxFiles; number > 0; number--) {
    const from = number === 1 ? path : `${path}.${number - 1}`;
    await rename(from, `${path}.${number}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
