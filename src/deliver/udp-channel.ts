/**
 * Datagrams to a receiver, one line each, without the line feed. A write resolves when the operating system has taken them;
 * whether anybody received them nobody can know.
 */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import type { Channel } from './channel.js';
import type { TcpAddress } from './tcp-channel.js';

/** The most that one datagram can carry over IPv4: 65,535 bytes less the headers of IP and UDP. */
export const maxDatagramBytes = 65_507;

const lineFeed = 0x0a;

export async function openUdpChannel({ host, port }: TcpAddress): Promise<Channel> {
  // Looked up once a channel: a look-up for each datagram would be slower than the datagram.
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const failure = new Promise<Error>((resolve) => socket.once('error', resolve));
  // A refusal that comes back for an earlier datagram is no fault of a later one.
  socket.on('error', () => {});
  let cut = (_error: Error) => {};
  socket.once('close', () => cut(new Error('The socket is closed')));
  return {
    failure,
    async write(bytes) {
      for (const line of splitLines(bytes)) await send(line);
    },
    async end() {
      socket.close();
    },
    destroy() {
      try {
        socket.close();
      } catch {
        // Closed already.
      }
    },
  };

  function send(line: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      // Node never calls back for a datagram that a close has overtaken.
      cut = reject;
      socket.send(line, port, address, (error) => (error ? reject(error) : resolve()));
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
