/**
 * A port for a server that goes away and comes back. The system gives its ephemeral ports to whoever asks for any, outgoing
 * connections among them, and so gives that of a server that is away to somebody else now and then. This port lies below
 * them, and a datagram socket on the same number keeps the servers of other tests off it, in whatever process.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface OwnPort {
  readonly port: number;
  /** May be called again. */
  release(): void;
}

const host = '127.0.0.1';
const ports = 10_000;

export async function takeOwnPort(): Promise<OwnPort> {
  const firstEphemeral = readFirstEphemeral();
  for (;;) {
    const port = firstEphemeral - 1 - Math.floor(Math.random() * ports);
    const release = await keepOthersOff(port);
    if (!release) continue;
    if (await isFree(port)) return { port, release };
    release();
  }
}

/**
 * Listens at an own port, where the server itself may have listened a moment ago: a process that another thread of this one
 * was just starting holds what was open then, a listening socket too, until its program begins.
 */
export async function listenAt(server: Server, { port }: OwnPort): Promise<void> {
  for (const startedMs = performance.now(); ; await sleep(5)) {
    try {
      const listening = once(server, 'listening');
      server.listen(port, host);
      return void (await listening);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || performance.now() - startedMs > 20_000) throw error;
    }
  }
}

function readFirstEphemeral(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0]);
  } catch {
    // Other systems begin higher.
    return 32_768;
  }
}

async function keepOthersOff(port: number): Promise<(() => void) | undefined> {
  const socket = createSocket('udp4').unref();
  try {
    const bound = once(socket, 'listening');
    socket.bind({ port, address: host, exclusive: true });
    await bound;
  } catch {
    socket.close();
    return undefined;
  }
  let isReleased = false;
  return () => {
    if (!isReleased) socket.close();
    isReleased = true;
  };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    const listening = once(server, 'listening');
    server.listen(port, host);
    await listening;
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
