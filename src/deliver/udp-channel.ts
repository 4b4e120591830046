/**
 * Datagrams to a receiver, one line each, without the line feed. A write resolves when the operating system has taken them;
 * nothing shows whether they arrived. No error occurs if the receiver moves, so its name is resolved again from time to time.
 * The socket does not keep the process alive.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { LookupAddress } from 'node:dns';
import type { Clock } from '../clock.js';
import { waitAtMost } from '../deadline.js';
import type { Channel } from './channel.js';
import { type LookUp, lookUpAddresses } from './look-up.js';
import type { TcpAddress } from './tcp-channel.js';

/** The most that one datagram can carry over IPv4: 65,535 bytes minus the IP and UDP headers. */
export const maxDatagramBytes = 65_507;

/** Longest wait for a DNS lookup, and for the operating system to take a write. */
const timeoutMs = 10_000;
/** A lookup for each datagram would be slower than the datagram. */
const addressAgeMs = 60_000;
const lineFeed = 0x0a;

export interface UdpOptions {
  readonly clock: Clock;
  /** Defaults to the lookup of the operating system. */
  readonly lookUp?: LookUp;
}

export async function openUdpChannel(
  { host, port }: TcpAddress,
  { clock, lookUp = lookUpAddresses }: UdpOptions,
  signal: AbortSignal,
): Promise<Channel> {
  const message = `The name "${host}" was not looked up within ${timeoutMs} ms`;
  let address = firstOf(await waitAtMost(lookUp(host), { clock, ms: timeoutMs, signal, message }));
  let moved: LookupAddress | undefined;
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
      const limit = `The system accepted no datagram within ${timeoutMs} ms`;
      await waitAtMost(sendLines(bytes), { clock, ms: timeoutMs, message: limit });
    },
    async end() {
      close();
    },
    destroy: close,
  };

  function open(): Socket {
    const opened = createSocket(address.family === 6 ? 'udp6' : 'udp4').unref();
    opened.once('error', (error) => fail(error));
    // A refusal that arrives for an earlier datagram is not a fault of a later one.
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

  /** Runs in parallel with writes, so that a slow lookup delays none. If it fails, the old address remains in use. */
  function lookUpAgain(): void {
    if (clock.monotonic() - lookedUpMs < addressAgeMs) return;
    lookedUpMs = clock.monotonic();
    lookUp(host).then(
      (found) => {
        const first = firstOf(found);
        moved = first.address === address.address ? undefined : first;
      },
      () => {},
    );
  }

  function move(to: LookupAddress): void {
    moved = undefined;
    if (isClosed) return;
    address = to;
    const old = socket;
    socket = open();
    old.close();
  }

  async function sendLines(bytes: Uint8Array): Promise<void> {
    for (const line of splitLines(bytes)) await send(line);
  }

  function send(line: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      // Node never calls back for a datagram that is pending when the socket closes.
      cut = reject;
      socket.send(line, port, address.address, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function firstOf([first]: readonly LookupAddress[]): LookupAddress {
  if (!first) throw new Error('The name has no address');
  return first;
}

function* splitLines(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(lineFeed, start);
    const end = feed < 0 ? bytes.length : feed;
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}
