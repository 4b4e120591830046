/**
 * What another user of the machine may have put in place of a file or a folder, and so is not believed, as with StrictModes of
 * sshd. The group is trusted with files: systems that share a volume among containers give it the right to write.
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

const everybodyWrites = 0o002;
const groupWrites = 0o020;
const sticky = 0o1000;

/** Undefined on Windows. */
const ownUser = process.geteuid?.();

export function isTrustedUser(uid: number): boolean {
  return ownUser === undefined || uid === 0 || uid === ownUser;
}

/** Why what the file holds is not believed; undefined when nothing is wrong. */
export function findDistrust({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): string | undefined {
  if (ownUser === undefined) return undefined;
  if (!isTrustedUser(uid)) return `it belongs to user ${uid}, and the program runs as user ${ownUser}`;
  return mode & everybodyWrites ? 'everybody may write to it' : undefined;
}

/**
 * Why root must not write in the folder: its files could be exchanged for links. Undefined for other users, who have less to
 * lose, and for a folder that is not there.
 */
export async function findFolderDistrust(path: string): Promise<string | undefined> {
  if (ownUser !== 0) return undefined;
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  const { uid, gid, mode } = found;
  if (uid !== 0) return `it belongs to user ${uid}; run the program as that user, or give the folder to root`;
  const isOpen = mode & everybodyWrites || (mode & groupWrites && gid !== 0);
  // In a sticky folder, such as /tmp, others cannot exchange the files of root.
  return isOpen && !(mode & sticky)
    ? 'others than root may write to it; take that right from them, or run the program as another user'
    : undefined;
}
