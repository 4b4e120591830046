/** A way to a server on this machine that a test can block. Its connections then end, and new ones too. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Road {
  readonly endpoint: string;
  isBlocked: boolean;
  close(): void;
}

export async function startRoad(target: string): Promise<Road> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isBlocked = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (isBlocked) {
      socket.destroy();
      return;
    }
    const onward = connect(Number(port), hostname);
    onward.on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
    socket.on('close', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get isBlocked() {
      return isBlocked;
    },
    set isBlocked(value) {
      isBlocked = value;
      if (value) for (const socket of sockets) socket.destroy();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
