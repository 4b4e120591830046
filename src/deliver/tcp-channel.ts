/**
 * One TCP connection to a receiver. It ends well only when the receiver's own close came after ours: `finish`, then `end`,
 * then `close`, with no error and no byte from the receiver. An earlier end proves nothing, since it can cross our data.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Clock } from '../clock.js';
import { startDeadline } from '../deadline.js';
import { type Channel, NotConfirmedError } from './channel.js';

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

export interface TcpOptions {
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly confirmTimeoutMs: number;
}

export async function openTcpChannel(
  { host, port }: TcpAddress,
  options: TcpOptions,
  signal: AbortSignal,
): Promise<Channel> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true });
  return openSocketChannel(socket, 'connect', options, signal);
}

/** A channel over any connecting socket; `readyEvent` is the event after which it takes data. */
export async function openSocketChannel(
  socket: Socket,
  readyEvent: 'connect' | 'secureConnect',
  { clock, connectTimeoutMs, confirmTimeoutMs }: TcpOptions,
  signal: AbortSignal,
): Promise<Channel> {
  // Nothing throws for want of a listener, however late an error comes.
  socket.on('error', () => {});
  using deadline = startDeadline(clock, connectTimeoutMs, signal);
  try {
    await once(socket, readyEvent, { signal: deadline.signal });
  } catch (error) {
    socket.destroy();
    if (deadline.isOver) throw new Error(`No connection within ${connectTimeoutMs} ms`);
    throw error;
  }
  return createSocketChannel(socket, clock, confirmTimeoutMs);
}

function createSocketChannel(socket: Socket, clock: Clock, confirmTimeoutMs: number): Channel {
  let peerSpoke = false;
  let peerEnded = false;
  socket.on('data', () => {
    peerSpoke = true;
  });
  const failure = new Promise<Error>((resolve) => {
    socket.once('error', resolve);
    socket.once('end', () => {
      peerEnded = true;
      if (!socket.writableFinished) resolve(new NotConfirmedError('The receiver closed the connection before we did'));
    });
    socket.once('close', () => resolve(new Error('The connection is closed')));
  });

  return {
    failure,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    async end() {
      if (peerEnded) throw new NotConfirmedError('The receiver closed the connection before we did');
      using deadline = startDeadline(clock, confirmTimeoutMs);
      try {
        const ended = once(socket, 'end', { signal: deadline.signal });
        const closed = once(socket, 'close', { signal: deadline.signal });
        // Both are awaited in turn; a rejection of the second before its turn must not count as unhandled.
        closed.catch(() => {});
        socket.end();
        await ended;
        if (!socket.writableFinished) throw new NotConfirmedError('The receiver closed the connection before we did');
        await closed;
      } catch (error) {
        if (deadline.isOver) {
          throw new NotConfirmedError(`The receiver did not close within ${confirmTimeoutMs} ms of our half-close`);
        }
        throw error;
      } finally {
        socket.destroy();
      }
      if (peerSpoke) throw new NotConfirmedError('The receiver sent bytes, which a log receiver does not do');
    },
    destroy() {
      socket.destroy();
    },
  };
}
