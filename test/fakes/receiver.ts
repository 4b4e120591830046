/**
 * A log receiver over real TCP, on a free port of the loopback interface. It collects complete lines and answers a half-close
 * with its own close. A test can make it misbehave, from the next connection on, in the ways that receivers do.
 *
 *     const receiver = await startReceiver();            // or startReceiver({ type: 'resets', afterBytes: 1000 })
 *     connect(receiver.port, receiver.host);
 *     await receiver.whenLines(3);
 *     receiver.behave({ type: 'never-closes' });         // connections from now on
 *     await receiver.kill();                             // resets everything; connections are refused
 *     await receiver.restart();                          // the same port, the same lines
 *     await receiver.close();                            // at the end of a test
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { listenAt, type OwnPort, takeOwnPort } from './own-port.js';

export type ReceiverBehaviour =
  /** Reads everything, and closes when the sender has half-closed. */
  | { readonly type: 'normal' }
  /** Reads everything and ignores a half-close. */
  | { readonly type: 'never-closes' }
  /** Half-closes after this many bytes, and continues to read until the sender ends too. */
  | { readonly type: 'closes-early'; readonly afterBytes: number }
  /** Resets the connection after it has read this many bytes; an incomplete line is not collected. */
  | { readonly type: 'resets'; readonly afterBytes: number }
  /** Accepts and never reads. */
  | { readonly type: 'stalls' }
  /** Sends this text after the first bytes that it reads; otherwise normal. */
  | { readonly type: 'speaks'; readonly text: string }
  /** Pauses after each chunk of at most 64 KiB; otherwise normal. */
  | { readonly type: 'slow'; readonly pauseMs: number };

/** What happened on one connection; times are those of `performance.now()`. */
export interface ReceivedConnection {
  readonly behaviour: ReceiverBehaviour;
  readonly openedMs: number;
  /** Complete lines without their line feed. */
  readonly lines: readonly string[];
  /** Bytes read from the connection. */
  readonly bytes: number;
  /** When the last bytes arrived. */
  readonly lastBytesMs: number | undefined;
  /** When the sender half-closed. */
  readonly halfClosedMs: number | undefined;
  readonly closedMs: number | undefined;
}

export interface Receiver {
  readonly host: string;
  /** Does not change at a restart. */
  readonly port: number;
  /** Complete lines without their line feed, in the order in which they were read, over all connections and restarts. */
  readonly lines: readonly string[];
  /** In the order in which they were accepted, over all restarts. */
  readonly connections: readonly ReceivedConnection[];
  /** Bytes read, including incomplete lines. */
  readonly bytes: number;
  /** Resolves when this many lines are collected. */
  whenLines(count: number): Promise<void>;
  /** Resolves when the condition holds; checked after each event on a connection. */
  when(condition: (receiver: Receiver) => boolean): Promise<void>;
  /** Stops reading on all current and future connections. A `kill` loses what was sent and not read. */
  freeze(): void;
  /** Sets the behaviour of connections that are accepted from now on. A function is called for each, with its index from 0. */
  behave(behaviour: ReceiverBehaviour | ((connection: number) => ReceiverBehaviour)): void;
  /** Half-closes every open connection, as a receiver does with idle senders. */
  endAll(): void;
  /** Resets every connection and refuses new ones, as a crash does. The collected lines remain. */
  kill(): Promise<void>;
  /** Listens on the same port again after a kill. */
  restart(): Promise<void>;
  /** Closes everything. May be called more than once, and after a kill. */
  close(): Promise<void>;
}

/** @param behaviour of the connections until `behave` changes it */
export async function startReceiver(behaviour: ReceiverBehaviour = { type: 'normal' }): Promise<Receiver> {
  const receiver = new TcpReceiver(behaviour, await takeOwnPort());
  await receiver.restart();
  return receiver;
}

type Connection = { -readonly [Key in keyof ReceivedConnection]: ReceivedConnection[Key] } & {
  readonly lines: string[];
};

class TcpReceiver implements Receiver {
  readonly host = '127.0.0.1';
  readonly lines: string[] = [];
  readonly connections: Connection[] = [];
  bytes = 0;
  #behaviour: ReceiverBehaviour | ((connection: number) => ReceiverBehaviour);
  readonly #own: OwnPort;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #frozen = new WeakSet<Socket>();
  readonly #waiting = new Set<() => void>();

  constructor(behaviour: ReceiverBehaviour, own: OwnPort) {
    this.#behaviour = behaviour;
    this.#own = own;
  }

  get port(): number {
    return this.#own.port;
  }

  whenLines(count: number): Promise<void> {
    return this.when(({ lines }) => lines.length >= count);
  }

  async when(condition: (receiver: Receiver) => boolean): Promise<void> {
    if (condition(this)) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!condition(this)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  behave(behaviour: ReceiverBehaviour | ((connection: number) => ReceiverBehaviour)): void {
    this.#behaviour = behaviour;
  }

  freeze(): void {
    this.#behaviour = { type: 'stalls' };
    for (const socket of this.#sockets) {
      this.#frozen.add(socket);
      socket.pause();
    }
  }

  endAll(): void {
    for (const socket of this.#sockets) socket.end();
  }

  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    // Node keeps the handle of a socket forever if the socket is reset while its own end is in progress.
    for (const socket of this.#sockets) {
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
    await closed;
  }

  async restart(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => this.#accept(socket));
    await listenAt(server, this.#own);
    this.#server = server;
  }

  async close(): Promise<void> {
    await this.kill();
    this.#own.release();
  }

  #accept(socket: Socket): void {
    const connection: Connection = {
      behaviour: typeof this.#behaviour === 'function' ? this.#behaviour(this.connections.length) : this.#behaviour,
      openedMs: performance.now(),
      lines: [],
      bytes: 0,
      lastBytesMs: undefined,
      halfClosedMs: undefined,
      closedMs: undefined,
    };
    this.connections.push(connection);
    this.#sockets.add(socket);
    // A sender may reset the connection; the close event is sufficient.
    socket.on('error', () => {});
    socket.on('close', () => {
      connection.closedMs = performance.now();
      this.#sockets.delete(socket);
      this.#happened();
    });
    const { type } = connection.behaviour;
    if (type !== 'stalls') this.#read(socket, connection);
    this.#happened();
  }

  #read(socket: Socket, connection: Connection): void {
    const { behaviour } = connection;
    const decoder = new StringDecoder();
    let torn = '';
    socket.on('data', (chunk: Buffer) => {
      const bytes = behaviour.type === 'resets' ? chunk.subarray(0, behaviour.afterBytes - connection.bytes) : chunk;
      connection.bytes += bytes.length;
      connection.lastBytesMs = performance.now();
      this.bytes += bytes.length;
      const lines = (torn + decoder.write(bytes)).split('\n');
      torn = lines.pop() as string;
      for (const line of lines) {
        this.lines.push(line);
        connection.lines.push(line);
      }
      react(socket, connection, () => this.#resume(socket));
      this.#happened();
    });
    socket.on('end', () => {
      connection.halfClosedMs = performance.now();
      if (behaviour.type !== 'never-closes') socket.end();
      this.#happened();
    });
    socket.resume();
    react(socket, connection, () => this.#resume(socket));
  }

  #resume(socket: Socket): void {
    if (!this.#frozen.has(socket)) socket.resume();
  }

  #happened(): void {
    for (const look of this.#waiting) look();
  }
}

/** The misbehaviour of a receiver after it has read some bytes. */
function react(socket: Socket, { behaviour, bytes }: Connection, resume: () => void): void {
  switch (behaviour.type) {
    case 'closes-early':
      if (bytes >= behaviour.afterBytes) socket.end();
      break;
    case 'resets':
      if (bytes >= behaviour.afterBytes) socket.resetAndDestroy();
      break;
    case 'speaks':
      if (bytes > 0 && socket.bytesWritten === 0) socket.write(behaviour.text);
      break;
    case 'slow':
      if (bytes > 0) {
        socket.pause();
        setTimeout(resume, behaviour.pauseMs).unref();
      }
      break;
  }
}
