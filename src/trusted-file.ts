/**
 * Does not trust files or folders that another user of the machine may have put in place, like StrictModes of sshd. The group
 * is trusted with files: systems that share a volume among containers give it the right to write.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { describeError } from './faults.js';

/** The message says what is wrong with the file. */
export class UntrustedFileError extends Error {
  override readonly name = 'UntrustedFileError';
  /** Whether the file belongs to another user. */
  readonly isOthers: boolean;

  constructor(path: string, reason: string, { isOthers = false } = {}) {
    super(`"${path}" is refused: ${reason}`);
    this.isOthers = isOthers;
  }
}

export interface TrustedFileOptions {
  /** Flags of `fs.constants`. */
  readonly flags: number;
  /** Whether a device or a pipe is allowed, from which nothing is read back. */
  readonly mayBeSpecial?: boolean;
}

/** Undefined on Windows. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/**
 * Opens a file that the program writes and later trusts. Refuses a file that another user has created, or to which another
 * name leads. As root, refuses to write in a folder where others could replace the file. Rejects with an
 * `UntrustedFileError`, or as `open` does. A new file is accessible by its owner only.
 */
export async function openTrusted(
  path: string,
  { flags, mayBeSpecial = false }: TrustedFileOptions,
): Promise<FileHandle> {
  const resolved = await resolveFile(path);
  const isWritten = (flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0;
  const folderReason = isWritten ? await findFolderDistrust(dirname(resolved), { isGroupTrusted: true }) : undefined;
  if (folderReason !== undefined)
    throw new UntrustedFileError(path, `its folder is not safe for root: ${folderReason}`);
  const noFollow = resolved.startsWith('/proc/') ? 0 : O_NOFOLLOW;
  // A pipe that nobody writes to would block the open.
  const noBlock = mayBeSpecial ? 0 : O_NONBLOCK;
  const file = await open(resolved, flags | noFollow | noBlock, 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ELOOP'
      ? new UntrustedFileError(path, 'it is a link of another user, or its links form a cycle')
      : error;
  });
  try {
    const found = await file.stat();
    if (found.isDirectory()) throw Object.assign(new Error('It is a folder'), { code: 'EISDIR' });
    if (!found.isFile() && !mayBeSpecial) throw new UntrustedFileError(path, 'it is not a regular file');
    const reason = found.isFile() ? (findDistrust(found) ?? findLinks(found.nlink)) : undefined;
    if (reason !== undefined) throw new UntrustedFileError(path, reason, { isOthers: !isTrustedUser(found.uid) });
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Like `readFile`, for a file that is opened with `openTrusted`. */
export async function readTrusted(path: string): Promise<string> {
  const file = await openTrusted(path, { flags: constants.O_RDONLY });
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Reads a file that only others write, such as a key. Links are followed, since Kubernetes builds its volumes from them: what
 * matters is who may write the target file.
 */
export async function readSecret(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY);
  try {
    const reason = findDistrust(await file.stat());
    if (reason !== undefined) throw new UntrustedFileError(path, reason);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** For the text of an error: why the file could not be read; nothing when it was read and makes no sense. */
export function describeAccess(error: unknown): string {
  const isAccess = error instanceof UntrustedFileError || (error instanceof Error && 'code' in error);
  return isAccess ? ` (${describeError(error)})` : '';
}

/**
 * For the text of an error, after `describeAccess`: what to do. Nothing is wrong with a file of another user, so nobody should
 * remove it.
 *
 * @param otherwise what to do if that is not the reason, with the punctuation before it
 */
export function adviseAccess(error: unknown, otherwise: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isOthers = error instanceof UntrustedFileError ? error.isOthers : code === 'EACCES' || code === 'EPERM';
  return isOthers ? '; run the program as the user to whom it belongs' : otherwise;
}

function findLinks(nlink: number): string | undefined {
  return nlink > 1 ? `it has ${nlink} names (hard links)` : undefined;
}

/** The limit of the operating system; more links are a cycle. */
const maxLinks = 40;

/**
 * The file that a path leads to. A symbolic link is followed, even to a file or folder that does not exist yet, so that the
 * link and the file itself mean the same file. A link of another user is not followed, since it could lead to any file. A
 * link that cannot be followed is returned unchanged: its use reports the reason.
 */
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
  // Links of /proc, such as that of /dev/stdout, lead to no path.
  const found = folder.startsWith('/proc/') ? undefined : await lstat(file).catch(() => undefined);
  if (!found?.isSymbolicLink() || !isTrustedUser(found.uid)) return file;
  return linksLeft === 0 ? undefined : follow(resolve(folder, await readlink(file)), linksLeft - 1);
}

const everybodyWrites = 0o002;
const groupWrites = 0o020;
const sticky = 0o1000;

/** Undefined on Windows. */
const ownUser = process.geteuid?.();

export function isTrustedUser(uid: number): boolean {
  return ownUser === undefined || uid === 0 || uid === ownUser;
}

/** Why the content of the file is not trusted; undefined if nothing is wrong. */
export function findDistrust({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): string | undefined {
  if (ownUser === undefined) return undefined;
  if (!isTrustedUser(uid)) return `it belongs to user ${uid}, and the program runs as user ${ownUser}`;
  return mode & everybodyWrites ? 'everybody may write to it' : undefined;
}

/**
 * Why root must not do what the file says. Its owner is trusted, who may be the one that mounted it into a container. Undefined
 * for other users.
 */
export function findRootDistrust({ mode }: Pick<Stats, 'mode'>): string | undefined {
  return ownUser === 0 ? findDistrust({ uid: 0, mode }) : undefined;
}

/**
 * Why root must not write in the folder: its files, or the folder itself, could be exchanged for links. It looks at the folder
 * and at every one above it, of a folder that is not there at those that are. Undefined for other users, who have less to lose.
 *
 * @param isGroupTrusted whether any group may write to the folder, as to those above it: some systems let a group of daemons
 * write to `/var/log`
 */
export async function findFolderDistrust(path: string, { isGroupTrusted = false } = {}): Promise<string | undefined> {
  if (ownUser !== 0) return undefined;
  let isNearest = true;
  for (let folder = await findRealFolder(resolve(path)); folder !== undefined; folder = parentOf(folder)) {
    const found = await stat(folder).catch(() => undefined);
    const fault = found && findFolderFault(folder, found, isGroupTrusted || !isNearest);
    if (fault !== undefined) return fault;
    isNearest = false;
  }
  return undefined;
}

/** The real path of the folder, or of the nearest one above it that exists. */
async function findRealFolder(path: string): Promise<string | undefined> {
  for (let folder: string | undefined = path; folder !== undefined; folder = parentOf(folder)) {
    const real = await realpath(folder).catch(() => undefined);
    if (real !== undefined) return real;
  }
  return undefined;
}

/** Undefined for the root of the file system. */
function parentOf(folder: string): string | undefined {
  const parent = dirname(folder);
  return parent === folder ? undefined : parent;
}

function findFolderFault(path: string, { uid, gid, mode }: Stats, isGroupTrusted: boolean): string | undefined {
  // In a user namespace, the root of the file system may be of a user that has no name there.
  const isOthers = uid !== 0 && dirname(path) !== path;
  if (isOthers) return `"${path}" belongs to user ${uid}; run the program as that user, or give the folder to root`;
  const isOpen = mode & everybodyWrites || (mode & groupWrites && gid !== 0 && !isGroupTrusted);
  // In a sticky folder, such as /tmp, others cannot exchange what belongs to root.
  return isOpen && !(mode & sticky)
    ? `users other than root may write to "${path}"; remove that permission, or run the program as another user`
    : undefined;
}
