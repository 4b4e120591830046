/** The socket by which a process shows that it is alive, and the queries to the sockets of other processes. Decides nothing. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rename, stat } from 'node:fs/promises';
import { createServer, type ListenOptions, type Server, Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { systemClock } from '../clock.js';
import { closeServer, removeSocket } from '../local-server.js';
import { type FileIdentity, statNamed } from '../named-file.js';

export interface LockSocket {
  readonly name: string;
  /** From now on the socket answers `held`. */
  hold(): void;
  isHeld(): Promise<boolean>;
  /** More calls do nothing. */
  release(): Promise<void>;
}

/** `unclear`: alive, or it was when asked, but busy or gone before it answered. */
export type Answer = 'held' | 'waiting' | 'unclear';

/**
 * Turns of the event loop after the longest wait for an answer. A thread that was blocked for that long uses them to read what
 * has arrived, and to answer other queries within its own process.
 */
const lastTurns = 20;
/** No valid answer is longer. Another program may be listening. */
const maxAnswerLength = 16;
/** How a query ends if the process exits meanwhile, or answers late. */
const unclearCodes: readonly unknown[] = [undefined, 'ECONNRESET', 'EPIPE'];

export async function openLockSocket(address: string): Promise<LockSocket> {
  const id = randomUUID().replaceAll('-', '').slice(0, 12);
  // A socket is on disk a moment before it listens, and looks dead until then. So it gets its final name afterwards.
  const draft = `${address}-${id}`;
  const path = `${address}.${id}`;
  let answer: Answer = 'waiting';
  const server = await listen({ path: draft, exclusive: true }, () => answer);
  const release = async () => {
    // A socket that cannot be removed counts as dead once the server is closed.
    await removeSocket(path);
    await closeServer(server);
  };
  let identity: FileIdentity;
  try {
    identity = await stat(draft, { bigint: true });
    await rename(draft, path);
  } catch (error) {
    await closeServer(server);
    throw error;
  }
  return {
    name: basename(path),
    hold() {
      answer = 'held';
    },
    isHeld: async () => (await statNamed(path, identity).catch(() => undefined)) !== undefined,
    release,
  };
}

/** On Windows a name disappears with its process, and only one process can hold it. Undefined if it is taken. */
export async function openPipe(address: string): Promise<LockSocket | undefined> {
  try {
    const server = await listen({ path: address }, () => 'held');
    return { name: address, hold() {}, isHeld: async () => true, release: () => closeServer(server) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

/** What the other live sockets of the address answer within the time limit; removes the dead ones. */
export async function askOthers(
  address: string,
  ownName: string,
  maxAnswerMs: number,
): Promise<readonly { readonly name: string; readonly answer: Answer }[]> {
  const names = (await listNames(address)).filter((name) => name !== ownName);
  const answers = await Promise.all(
    names.map(async (name) => ({ name, answer: await ask(join(dirname(address), name), maxAnswerMs) })),
  );
  return answers.flatMap(({ name, answer }) => (answer ? [{ name, answer }] : []));
}

/** Whether a process answers at the address; dead sockets are not removed. */
export async function isAnyAlive(address: string, maxAnswerMs: number): Promise<boolean> {
  const names = await listNames(address).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const answers = await Promise.all(names.map((name) => readAnswer(join(dirname(address), name), maxAnswerMs)));
  return answers.some(({ error }) => error?.code !== 'ENOENT' && error?.code !== 'ECONNREFUSED');
}

/** On Windows. */
export async function isPipeOpen(address: string, maxAnswerMs: number): Promise<boolean> {
  return (await readAnswer(address, maxAnswerMs)).error?.code !== 'ENOENT';
}

async function listNames(address: string): Promise<string[]> {
  const prefix = `${basename(address)}.`;
  return (await readdir(dirname(address))).filter(
    (name) => name.startsWith(prefix) && /^[0-9a-f]{12}$/.test(name.slice(prefix.length)),
  );
}

async function ask(path: string, maxAnswerMs: number): Promise<Answer | undefined> {
  const { error, text } = await readAnswer(path, maxAnswerMs);
  if (error?.code === 'ENOENT') return undefined;
  if (error?.code === 'ECONNREFUSED') {
    // In a folder that only the owners of its files may clear, it stays and does no harm.
    await removeSocket(path);
    return undefined;
  }
  if (text === 'held' || text === 'waiting') return text;
  return unclearCodes.includes(error?.code) ? 'unclear' : 'held';
}

function readAnswer(
  path: string,
  maxAnswerMs: number,
): Promise<{ error: NodeJS.ErrnoException | undefined; text: string }> {
  return new Promise((resolve) => {
    let text = '';
    let error: NodeJS.ErrnoException | undefined;
    const over = new AbortController();
    const socket = new Socket()
      .on('data', (chunk) => {
        text += chunk;
        if (text.length > maxAnswerLength) socket.destroy();
      })
      .on('error', (cause) => {
        error = cause;
      })
      .on('close', () => {
        over.abort();
        resolve({ error, text });
      })
      .connect(path);
    void giveUp(socket, maxAnswerMs, over.signal);
  });
}

async function giveUp(socket: Socket, afterMs: number, signal: AbortSignal): Promise<void> {
  await systemClock.sleep(afterMs, signal);
  for (let turns = 0; turns < lastTurns && !signal.aborted; turns++) await yieldToEventLoop();
  socket.destroy();
}

/** Neither keeps the process alive nor is delayed by a client that does not read. */
async function listen(options: ListenOptions, answer: () => Answer): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).write(answer());
    socket.destroySoon();
  });
  server.unref();
  bindForAll(() => server.listen(options));
  await once(server, 'listening');
  return server;
}

/**
 * A process of another user has to distinguish a live holder from a dead one too, so it must be able to connect. The
 * permissions come from the umask, changed only during a call that creates nothing but the socket. Node's own options change
 * them by path afterwards, and would follow a link that someone creates meanwhile. A worker thread cannot set the umask.
 */
function bindForAll(bind: () => void): void {
  const before = isMainThread ? process.umask(0o111) : undefined;
  try {
    bind();
  } finally {
    if (before !== undefined) process.umask(before);
  }
}
