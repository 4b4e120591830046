/**
 * One TCP connection to a receiver. It ends well only if the receiver closes after we do: `finish`, then `end`, then `close`,
 * with no error and no byte from the receiver. An earlier end proves nothing, since it can cross our data. The socket keeps the
 * process alive only while it connects; other waits do if the sleeps of the clock do.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import { startDeadline } from '../deadline.js';
import { type Channel, NeverClosedError, NoLogReceiverError, NotConfirmedError } from './channel.js';
import { describeAnswer } from './describe-answer.js';
import { type LookUp, lookUpAddresses, toLookupFunction } from './look-up.js';

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

export interface TcpOptions {
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  /** Longest wait for the receiver to close, and for it to make room for one write. */
  readonly confirmTimeoutMs: number;
  /** Defaults to the lookup of the operating system. */
  readonly lookUp?: LookUp;
}

export async function openTcpChannel(
  { host, port }: TcpAddress,
  options: TcpOptions,
  signal: AbortSignal,
): Promise<Channel> {
  const lookup = toLookupFunction(options.lookUp ?? lookUpAddresses);
  const socket = connect({ host, port, lookup, allowHalfOpen: true, noDelay: true, keepAlive: true });
  return openSocketChannel(socket, 'connect', options, signal);
}

/**
 * A channel over any connecting socket.
 *
 * @param readyEvent the event after which the socket takes data
 * @param explain turns an error of the socket into one with advice
 */
export async function openSocketChannel(
  socket: Socket,
  readyEvent: 'connect' | 'secureConnect',
  { clock, connectTimeoutMs, confirmTimeoutMs }: TcpOptions,
  signal: AbortSignal,
  explain = (error: Error) => error,
): Promise<Channel> {
  // A late error without a listener would crash the process.
  socket.on('error', () => {});
  // Repeated on `connect`: Node may have tried several addresses, each with a handle of its own.
  socket.unref().once('connect', () => socket.unref());
  using deadline = startDeadline(clock, connectTimeoutMs, signal);
  try {
    await once(socket, readyEvent, { signal: deadline.signal });
  } catch (error) {
    socket.destroy();
    if (deadline.isOver) {
      throw Object.assign(new Error(`No connection within ${connectTimeoutMs} ms`), { code: 'ETIMEDOUT' });
    }
    throw error;
  }
  return createSocketChannel(socket, clock, confirmTimeoutMs, explain);
}

function createSocketChannel(
  socket: Socket,
  clock: Clock,
  confirmTimeoutMs: number,
  explain: (error: Error) => Error,
): Channel {
  let peerEnded = false;
  /** The first fault; later ones are its consequences. */
  let fault: Error | undefined;
  let fail = (_error: Error) => {};
  const failure = new Promise<Error>((resolve) => {
    fail = (error) => {
      fault ??= error;
      resolve(fault);
    };
  });
  // Reported at once, not at the end: a connection that nobody ends must not continue to lose lines.
  socket.on('data', (bytes) => fail(new NoLogReceiverError(describeAnswer(bytes))));
  socket.once('error', (error) => fail(explain(error)));
  socket.once('end', () => {
    peerEnded = true;
    if (!socket.writableFinished)
      fail(new NotConfirmedError('The receiver closed the connection before all lines were confirmed'));
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      if (!peerEnded) fail(new Error('The connection is closed'));
      resolve();
    });
  });

  return {
    failure,
    async write(bytes) {
      const written = new Promise<void>((resolve, reject) => {
        socket.write(bytes, (error) => {
          // Node reports no error for a write that `destroy` cancels.
          if (error || socket.destroyed)
            reject(explain(socket.errored ?? error ?? new Error('The connection is closed')));
          else resolve();
        });
      });
      // The operating system has taken all of it.
      if (socket.writableLength === 0) return written;
      using deadline = startDeadline(clock, confirmTimeoutMs);
      // A receiver that stops reading would block the write forever, unreported.
      deadline.signal.addEventListener('abort', () => {
        socket.destroy(new Error(`The receiver did not read for ${confirmTimeoutMs} ms`));
      });
      return await written;
    },
    async end() {
      // What the receiver did while this thread was busy shows only after a turn of the event loop. Without it, an end that
      // came before our half-close would look like a response to it. The first turn may still belong to the current iteration;
      // only the second has certainly polled the sockets again.
      await yieldToEventLoop();
      await yieldToEventLoop();
      using deadline = startDeadline(clock, confirmTimeoutMs);
      deadline.signal.addEventListener('abort', () =>
        fail(
          new NeverClosedError(
            `The receiver did not close the connection within ${confirmTimeoutMs} ms of the last line`,
          ),
        ),
      );
      socket.end();
      await Promise.race([closed, failure]);
      socket.destroy();
      if (fault) throw fault;
    },
    destroy() {
      socket.destroy();
    },
  };
}
