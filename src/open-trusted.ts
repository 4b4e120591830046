/**
 * Opens a file that the program writes and later believes: none that another user has put there, and none that another name
 * leads to.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { describeError } from './faults.js';
import { resolveFile } from './resolve-file.js';
import { findDistrust } from './trust.js';

/** The text says what is wrong with the file. */
export class UntrustedFileError extends Error {
  override readonly name = 'UntrustedFileError';

  constructor(path: string, reason: string) {
    super(`"${path}" is refused: ${reason}`);
  }
}

export interface TrustedFileOptions {
  /** Of `fs.constants`. */
  readonly flags: number;
  /** Whether a device or a pipe will do, of which nothing is read back. */
  readonly mayBeSpecial?: boolean;
}

/** Undefined on Windows. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Rejects with an `UntrustedFileError`, or as `open` does. A file that is created is for its owner alone. */
export async function openTrusted(
  path: string,
  { flags, mayBeSpecial = false }: TrustedFileOptions,
): Promise<FileHandle> {
  const resolved = await resolveFile(path);
  const noFollow = resolved.startsWith('/proc/') ? 0 : O_NOFOLLOW;
  // A pipe that nobody writes to would block the open.
  const noBlock = mayBeSpecial ? 0 : O_NONBLOCK;
  const file = await open(resolved, flags | noFollow | noBlock, 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ELOOP' ? new UntrustedFileError(path, 'it is a link of another user, or a circle') : error;
  });
  try {
    const found = await file.stat();
    if (found.isDirectory()) throw Object.assign(new Error('It is a folder'), { code: 'EISDIR' });
    if (!found.isFile() && !mayBeSpecial) throw new UntrustedFileError(path, 'it is no regular file');
    const reason = found.isFile() ? (findDistrust(found) ?? findLinks(found.nlink)) : undefined;
    if (reason !== undefined) throw new UntrustedFileError(path, reason);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** As `readFile` of a file that is `openTrusted`. */
export async function readTrusted(path: string): Promise<string> {
  const file = await openTrusted(path, { flags: constants.O_RDONLY });
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Reads a file that only others write, such as a key. Links are followed, which a volume of Kubernetes is made of: what counts is
 * who may write the file behind them.
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

function findLinks(nlink: number): string | undefined {
  return nlink > 1 ? `it has ${nlink} names (hard links)` : undefined;
}
