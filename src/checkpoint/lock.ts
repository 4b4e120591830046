/**
 * One living process at a time, by a local socket beside the file that it protects. The operating system answers on a
 * socket only while its process lives, so a lock left by a crash is told from one that is held without trusting process
 * numbers, and a restart does not wait.
 */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { link, rename, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Clock, systemClock } from '../clock.js';
import { CheckpointError } from './store.js';

export interface Lock {
  /** Lets go. More calls do nothing. */
  release(): Promise<void>;
}

/** The longest path of a socket is 104 bytes on some systems and 108 on others, with its final zero. */
const maxSocketPathBytes = 103;
/**
 * How long a fresh socket has to stay where it was put. Another process that found a dead socket there a moment earlier
 * may still move this one aside in its place; it notices and puts it back, but a third may have come in between.
 */
const settleMs = 100;
/** Attempts to take over a lock that nobody holds, while other processes try the same. */
const maxAttempts = 20;

/** Rejects with a `CheckpointError` of kind `locked` when a living process holds the lock of the path. */
export async function acquireLock(path: string, clock: Clock = systemClock): Promise<Lock> {
  const address = lockAddress(path);
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const server = await listen(address);
    if (server) {
      await clock.sleep(settleMs, new AbortController().signal);
      if (await isOurs(server)) return toLock(server);
      // Not closed: that would remove what another process has put in its place.
      continue;
    }
    if (await isAnswered(address)) throw lockedError(path);
    if (!(await setAside(address))) throw lockedError(path);
  }
  throw lockedError(path);
}

/** Where the lock of a path is: beside it, or for a very long path in the folder for temporary files. */
export function lockAddress(path: string): string {
  const absolute = resolve(path);
  const hash = createHash('sha256').update(absolute).digest('hex').slice(0, 32);
  if (process.platform === 'win32') return `\\\\.\\pipe\\kinesis-snare-${hash}`;
  const beside = `${absolute}.lock`;
  return Buffer.byteLength(beside) <= maxSocketPathBytes ? beside : join(tmpdir(), `kinesis-snare-${hash}.lock`);
}

function lockedError(path: string): CheckpointError {
  const message = `The checkpoint "${path}" is in use by another process; stop that one, or give this one its own input.checkpoint.path`;
  return new CheckpointError('locked', message);
}

interface OwnedServer {
  readonly server: Server;
  readonly address: string;
  readonly inode: bigint | undefined;
}

/** Undefined when the address is taken. */
async function listen(address: string): Promise<OwnedServer | undefined> {
  const server = createServer((socket) => socket.on('error', () => {}).end());
  server.unref();
  try {
    server.listen(address);
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  return { server, address, inode: await inodeOf(address) };
}

async function isAnswered(address: string): Promise<boolean> {
  const socket = connect(address);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/**
 * Moves a dead socket out of the way. Another process may have put its own there a moment ago: then what was moved answers,
 * and is put back. Returns false when it was alive.
 */
async function setAside(address: string): Promise<boolean> {
  if (process.platform === 'win32') return true;
  const aside = `${address.slice(0, maxSocketPathBytes - 9)}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(address, aside);
  } catch {
    // Somebody else moved it; try to take the place.
    return true;
  }
  const isAlive = await isAnswered(aside);
  if (isAlive) await link(aside, address).catch(() => {});
  await rm(aside, { force: true });
  return !isAlive;
}

/** Whether the socket at the address is still the one that was put there. */
async function isOurs({ address, inode }: OwnedServer): Promise<boolean> {
  if (process.platform === 'win32') return true;
  return inode !== undefined && (await inodeOf(address)) === inode;
}

async function inodeOf(address: string): Promise<bigint | undefined> {
  if (process.platform === 'win32') return undefined;
  const found = await stat(address, { bigint: true }).catch(() => undefined);
  return found?.ino;
}

function toLock({ server }: OwnedServer): Lock {
  return {
    async release() {
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
