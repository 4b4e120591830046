/**
 * Allows one live process at a time, by local sockets beside the file that they protect. The operating system answers on a
 * socket only while its process lives. So a lock that a crash has left is distinguished from a held one without process
 * numbers, and a restart does not wait.
 *
 * Each process creates a socket under a unique name, and then queries all others: of two that start together, at least one sees
 * the other. No process takes over a name. So a dead socket stays dead, and removing it cannot affect a live process.
 */

import { dirname } from 'node:path';
import { type Clock, systemClock } from '../clock.js';
import { makeFolder } from '../durable-file.js';
import { CheckpointError } from '../errors.js';
import { describeError } from '../faults.js';
import { socketAddress } from '../socket-address.js';
import { findFolderDistrust, resolveFile } from '../trusted-file.js';
import { askOthers, isAnyAlive, isPipeOpen, type LockSocket, openLockSocket, openPipe } from './lock-socket.js';

export interface Lock {
  /** False if someone has removed the socket, so that other processes no longer see it. */
  isHeld(): Promise<boolean>;
  /** Takes the lock again if it is no longer held. Rejects with a `CheckpointError` if another process has taken it since. */
  keep(): Promise<void>;
  /** More calls do nothing. */
  release(): Promise<void>;
}

/** What follows the name of the lock in the name of a socket. */
const suffixBytes = '.0123456789ab'.length;
/** Wait before the next query, while others try to take the same lock or give no clear answer. */
const pollMs = 100;
/** Longest wait for an answer. It grows with each round, for a machine that is overloaded. */
const maxAnswerMs = (round: number) => Math.min(100 * round, 300);
/**
 * After this many rounds, processes without a clear answer count as the holder. Rounds rather than a time: this process may be
 * asleep for most of a time limit.
 */
const maxRounds = 20;

/** Creates the folder of the path. Rejects with a `CheckpointError` of kind `locked` if a live process holds the lock. */
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
    const message = `"${path}" cannot be locked (${describeError(error)}); its folder has to be writable and on a file system that supports sockets`;
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
      // Of the processes that wait, the first by name continues and the others give way, so that exactly one gets the lock.
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

/** Whether a live process holds the lock, or is about to. Changes nothing. */
export async function isLocked(path: string): Promise<boolean> {
  const address = lockAddress(await resolveFile(path));
  return process.platform === 'win32' ? isPipeOpen(address, maxAnswerMs(3)) : isAnyAlive(address, maxAnswerMs(3));
}

/** The prefix of the sockets' names: the resolved file, or for a very long path a name in `/tmp`. */
export function lockAddress(file: string): string {
  return socketAddress(file, `${file}.lock`, suffixBytes);
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
