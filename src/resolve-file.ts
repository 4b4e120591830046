/**
 * The file that a path stands for. A symbolic link is followed, also to a file or folder that is not there yet, so that one who
 * uses the link and one who uses the file itself mean the same one. A link of another user is not followed: it could lead to any
 * file. What is opened without following links then fails.
 */
import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isTrustedUser } from './trust.js';

/** As the system itself has it; more are a circle. */
const maxLinks = 40;

/** What cannot be followed is left as it is: the use of it says why. */
export async function resolveFile(path: string): Promise<string> {
  const absolute = resolve(path);
  return (await follow(absolute, maxLinks)) ?? absolute;
}

async function follow(path: string, linksLeft: number): Promise<string | undefined> {
  const parent = dirname(path);
  if (parent === path) return path;
  const folder = await realpath(parent).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? follow(parent, linksLeft) : undefined,
  );
  if (folder === undefined) return undefined;
  const file = join(folder, basename(path));
  // Those of /proc, as of /dev/stdout, lead to no path.
  const found = folder.startsWith('/proc/') ? undefined : await lstat(file).catch(() => undefined);
  if (!found?.isSymbolicLink() || !isTrustedUser(found.uid)) return file;
  return linksLeft === 0 ? undefined : follow(resolve(folder, await readlink(file)), linksLeft - 1);
}
