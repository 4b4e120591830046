/**
 * The file that a path stands for. A symbolic link is followed, also to a file or folder that is not there yet, so that
 * whoever goes by the link and whoever goes by the file itself mean the same one.
 */
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** What cannot be followed is left as it is: the use of it tells why. */
export async function resolveFile(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return absolute;
  }
  const folder = await resolveFile(dirname(absolute));
  const target = await readlink(absolute).catch(() => undefined);
  return target === undefined ? join(folder, basename(absolute)) : resolveFile(resolve(folder, target));
}
