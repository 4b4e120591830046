/**
 * Datagrams to a receiver, one line each, without the line feed. A write resolves when the operating system has taken them;
 * whether anybody received them nobody can know. Nothing fails when the receiver moves, so its name is looked up again now
 * and then. The socket does not keep the process alive.
 */
import { createSocket, type Socket } from 'node:dgram';
import { lookup as lookUpName } from 'node:dns/promises';
import type { Clock } from '../clock.js';
import type { Channel } from './channel.js';
import type { TcpAddress } from './tcp-channel.js';

/** The most that one datagram can carry over IPv4: 65,535 bytes less the headers of IP and UDP. */
export const maxDatagramBytes = 65_507;

/** A look-up for each datagram would be slower than the datagram. */
const addressAgeMs = 60_000;
const lineFeed = 0x0a;

export interface UdpOptions {
  readonly clock: Clock;
  /** Left out, as the operating system does it. */
  readonly lookUp?: (host: string) => Promise<Address>;
}

interface Address {
  readonly address: string;
  readonly family: number;
}

export async function openUdpChannel(
  { host, port }: TcpAddress,
  { clock, lookUp = lookUpName }: UdpOptions,
): Promise<Channel> {
  let address = await lookUp(host);
  let moved: Address | undefined;
  let lookedUpMs = clock.monotonic();
  let isClosed = false;
  let cut = (_error: Error) => {};
  let fail = (_error: Error) => {};
  const failure = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  let socket = open();
  return {
    failure,
    async write(bytes) {
      lookUpAgain();
      if (moved) move(moved);
      for (const line of splitLines(bytes)) await send(line);
    },
    async end() {
      close();
    },
    destroy: close,
  };

  function open(): Socket {
    const opened = createSocket(address.family === 6 ? 'udp6' : 'udp4').unref();
    opened.once('error', (error) => fail(error));
    // A refusal that comes back for an earlier datagram is no fault of a later one.
    opened.on('error', () => {});
    opened.once('close', () => {
      if (opened === socket) cut(new Error('The socket is closed'));
    });
    return opened;
  }

  function close(): void {
    if (!isClosed) socket.close();
    isClosed = true;
  }

  /** Beside the writes, so that a slow answer slows none; without an answer the old address is as good as any. */
  function lookUpAgain(): void {
    if (clock.monotonic() - lookedUpMs < addressAgeMs) return;
    lookedUpMs = clock.monotonic();
    lookUp(host).then(
      (found) => {
        moved = found.address === address.address ? undefined : found;
      },
      () => {},
    );
  }

  function move(to: Address): void {
    moved = undefined;
    if (isClosed) return;
    address = to;
    const old = socket;
    socket = open();
    old.close();
  }

  function send(line: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      // Node never calls back for a datagram that a close has overtaken.
      cut = reject;
      socket.send(line, port, address.address, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function* splitLines(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(lineFeed, start);
    const end = feed < 0 ? bytes.length : feed;
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}
