/** The end of a server on this machine, and of the socket that it leaves. */
import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import type { Server } from 'node:net';

/** Resolves when no connection is left; at once if the server does not listen. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}

/**
 * Never rejects. Uses `unlink`, not `rm`, which stats the file first. Node 20 then treats that result as part of the path of the
 * next module that is imported, and with a socket it does not follow the links of that path.
 */
export async function removeSocket(path: string): Promise<void> {
  await unlink(path).catch(() => {});
}
