/**
 * A port for a server that stops and starts again. The system assigns ephemeral ports to any socket, including outgoing
 * connections, so it may assign the port of a stopped server to another socket. This port is below the ephemeral range. A
 * datagram socket with the same number reserves it against the servers of other tests, in any process.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface OwnPort {
  readonly port: number;
  /** May be called more than once. */
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
 * Listens on an own port on which the server itself may have listened a moment ago. If another thread was just then starting a
 * process, that process holds the sockets that were open, including listening ones, until its program begins.
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
    // On other systems the ephemeral range begins higher.
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
