/**
 * One living process at a time, by local sockets beside the file that they protect. The operating system answers on a
 * socket only while its process lives, so a lock left by a crash is told from one that is held without trusting process
 * numbers, and a restart does not wait.
 *
 * Each process puts up a socket under a name of its own, and then asks all others: of two that come together, at least one
 * sees the other. Nobody takes over a name, so what is dead stays dead, and clearing it away cannot hurt the living.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { type Clock, systemClock } from '../clock.js';
import { makeFolder } from '../durable-file.js';
import { describeError } from '../faults.js';
import { findFolderDistrust, resolveFile } from '../trusted-file.js';
import { askOthers, isAnyAlive, isPipeOpen, type LockSocket, openLockSocket, openPipe } from './lock-socket.js';
import { CheckpointError } from './store.js';

export interface Lock {
  /** False once somebody has removed the socket, so that other processes no longer see it. */
  isHeld(): Promise<boolean>;
  /** Takes it again when it is no longer held. Rejects with a `CheckpointError` when another process has come since. */
  keep(): Promise<void>;
  /** More calls do nothing. */
  release(): Promise<void>;
}

/** The longest path of a socket is 104 bytes on some systems and 108 on others, with its final zero. */
const maxSocketPathBytes = 103;
/** What a socket's name has after that of its lock. */
const suffixBytes = '.0123456789ab'.length;
/** Wait before asking again, while others try to get the same lock or give no clear answer. */
const pollMs = 100;
/** Longest wait for an answer; it grows, for a machine on which nobody is in time. */
const maxAnswerMs = (round: number) => Math.min(100 * round, 300);
/** Rounds of asking after which they are taken for the holder. Not a time, of which one's own process may sleep most. */
const maxRounds = 20;

/** Makes the folder of the path. Rejects with a `CheckpointError` of kind `locked` when a living process holds the lock. */
export async function acquireLock(path: string, clock: Clock = systemClock): Promise<Lock> {
  let socket = await acquireSocket(path, clock);
  return {
    isHeld: () => socket.isHeld(),
    async keep() {
      if (await socket.isHeld()) return;
      await socket.release();
      socket = await acquireSocket(path, clock);
    },
    release: () => socket.release(),
  };
}

async function acquireSocket(path: string, clock: Clock): Promise<LockSocket> {
  const file = await resolveFile(path);
  const address = lockAddress(file);
  await refuseUnsafeFolder(path, dirname(file));
  const own = await openLock(file, address).catch((error) => {
    const message = `"${path}" cannot be locked (${describeError(error)}); its folder has to be writable and on a file system that takes sockets`;
    throw new CheckpointError('not-written', message, { cause: error });
  });
  if (!own) throw lockedError(path);
  if (process.platform === 'win32') return own;
  try {
    for (let round = 1; round <= maxRounds; round++) {
      const others = await askOthers(address, own.name, maxAnswerMs(round));
      if (others.length === 0) {
        own.hold();
        return own;
      }
      // Of those that wait, the first by name continues and the others give way, so that one gets it.
      const isLost = others.some(({ answer, name }) => answer === 'held' || (answer === 'waiting' && name < own.name));
      if (isLost) break;
      await clock.sleep(pollMs, new AbortController().signal);
    }
  } catch (error) {
    await own.release();
    throw error;
  }
  await own.release();
  throw lockedError(path);
}

/** Whether a living process holds the lock, or is about to. Changes nothing. */
export async function isLocked(path: string): Promise<boolean> {
  const address = lockAddress(await resolveFile(path));
  return process.platform === 'win32' ? isPipeOpen(address, maxAnswerMs(3)) : isAnyAlive(address, maxAnswerMs(3));
}

/** What the names of the sockets begin with: the resolved file, or for a very long one a name in `/tmp`. */
export function lockAddress(file: string): string {
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\kinesis-snare-${hash}`;
  const beside = `${file}.lock`;
  // Not the folder that TMPDIR names: two processes may be given different ones.
  return Buffer.byteLength(beside) + suffixBytes <= maxSocketPathBytes ? beside : `/tmp/kinesis-snare-${hash}.lock`;
}

async function refuseUnsafeFolder(path: string, folder: string): Promise<void> {
  const reason = await findFolderDistrust(folder);
  if (reason === undefined) return;
  const message = `"${path}" is refused, because its folder is not safe for root: ${reason}`;
  throw new CheckpointError('not-written', message);
}

async function openLock(file: string, address: string): Promise<LockSocket | undefined> {
  await makeFolder(dirname(file));
  return process.platform === 'win32' ? openPipe(address) : openLockSocket(address);
}

function lockedError(path: string): CheckpointError {
  const message = `The checkpoint "${path}" is in use by another process; stop that one, or give this one its own input.checkpoint.path`;
  return new CheckpointError('locked', message);
}
