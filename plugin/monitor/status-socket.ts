/**
 * A local socket on which the process answers with its status, for `kinesis-snare status` and `health`. A client gets one
 * JSON text when it connects; nothing is read from a connection. Only the user of the process, and root, can connect.
 */
import { once } from 'node:events';
import { chmod, lstat, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../src/durable-file.js';
import { describeError, type ReportFault, type ReportRecovery } from '../../src/faults.js';
import { closeServer, removeSocket } from '../../src/local-server.js';
import { type FileIdentity, statNamed } from '../../src/named-file.js';
import { Failures } from '../../src/retry.js';
import { isTrustedUser } from '../../src/trusted-file.js';

export interface StatusSocketOptions {
  /** See `statusAddress`. */
  readonly address: string;
  /** The text for a connection. */
  readonly answer: () => string;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
}

interface Listening {
  readonly server: Server;
  /** Undefined on Windows, where a pipe has no file. */
  readonly identity: FileIdentity | undefined;
}

const ownerOnly = 0o600;
const maxConnections = 16;
/** For a client that does not read. */
const sendTimeoutMs = 5000;
const askTimeoutMs = 300;

export class StatusSocket {
  readonly #options: StatusSocketOptions;
  #listening: Listening | undefined;
  readonly #connections = new Set<Socket>();
  #isClosed = false;
  #wasTaken = false;
  readonly #failures: Failures;
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: StatusSocketOptions) {
    this.#options = options;
    this.#failures = new Failures(options, 'status');
  }

  /**
   * Opens the socket, or opens it again if someone has removed it. Never rejects: a fault is reported, and the next call tries
   * again.
   */
  keep(): Promise<void> {
    this.#keeping = this.#keeping.then(() => this.#keep());
    return this.#keeping;
  }

  /** Removes the socket, unless it is that of another process by now. More calls do nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#keeping;
    const listening = this.#listening;
    this.#listening = undefined;
    if (!listening) return;
    const closed = closeServer(listening.server);
    // After that, no connection is accepted that nobody would end.
    for (const connection of this.#connections) connection.destroy();
    if (listening.identity && (await this.#isNamed(listening.identity))) await removeSocket(this.#options.address);
    await closed;
  }

  async #keep(): Promise<void> {
    const { address } = this.#options;
    if (this.#isClosed || (await this.#isListening())) return;
    try {
      await this.#open();
      this.#failures.succeeded();
    } catch (error) {
      // At a start, the lock of the checkpoint is taken too. It ends the start, with a better message.
      const isFirst = error instanceof TakenError && !this.#wasTaken;
      this.#wasTaken = error instanceof TakenError;
      if (isFirst) return;
      const message = `The status socket "${address}" cannot be opened: ${describeError(error)}`;
      this.#failures.failed({ stage: 'report', code: 'status-not-served', message, cause: error });
    }
  }

  async #isListening(): Promise<boolean> {
    const listening = this.#listening;
    if (!listening) return false;
    if (!listening.identity || (await this.#isNamed(listening.identity))) return true;
    this.#listening = undefined;
    await closeServer(listening.server);
    return false;
  }

  async #isNamed(identity: FileIdentity): Promise<boolean> {
    return (await statNamed(this.#options.address, identity).catch(() => undefined)) !== undefined;
  }

  async #open(): Promise<void> {
    const { address } = this.#options;
    if (process.platform === 'win32') {
      this.#listening = { server: await this.#listen(address), identity: undefined };
      return;
    }
    await refuseTaken(address);
    // The folder of the checkpoint, which at a first start may not exist yet.
    await makeFolder(dirname(address));
    // It begins in a folder that nobody else can enter, and takes its name when it listens and has its permissions. A umask
    // would do the same, but it is that of the whole host, and a worker thread cannot set it.
    const folder = await mkdtemp(`${address}-`);
    try {
      await this.#openIn(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #openIn(folder: string): Promise<void> {
    const draft = join(folder, 's');
    const server = await this.#listen(draft);
    try {
      await chmod(draft, ownerOnly);
      const identity = await stat(draft, { bigint: true });
      // Replaces what a process that was killed has left.
      await rename(draft, this.#options.address);
      this.#listening = { server, identity };
    } catch (error) {
      await closeServer(server);
      throw error;
    }
  }

  /** Neither the server nor a connection keeps the process alive. */
  async #listen(path: string): Promise<Server> {
    const server = createServer((socket) => {
      this.#connections.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => this.#connections.delete(socket))
        .setTimeout(sendTimeoutMs, () => socket.destroy())
        .unref();
      socket.resume();
      socket.end(this.#options.answer());
    });
    server.maxConnections = maxConnections;
    server.unref();
    server.listen({ path, exclusive: true });
    await once(server, 'listening');
    server.on('error', () => {});
    return server;
  }
}

class TakenError extends Error {}

/** Rejects if a live process answers there, or if the place is that of another user. */
async function refuseTaken(address: string): Promise<void> {
  const found = await lstat(address).catch(() => undefined);
  if (!found) return;
  if (!isTrustedUser(found.uid)) {
    const advice = 'run the program as that user, or with another checkpoint';
    throw new Error(`it belongs to user ${found.uid}, whose process may be running; ${advice}`);
  }
  if (!found.isSocket()) throw new Error('another file has its name; move it away');
  if (await isAlive(address)) throw new TakenError('another process uses it');
}

function isAlive(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const end = (isAnswered: boolean) => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.setTimeout(askTimeoutMs, () => end(true));
    socket.on('connect', () => end(true)).on('error', () => end(false));
  });
}
