/**
 * A receiver in a process of its own. Told the path of a file, it ends its side of the connection after 50 ms, makes the file,
 * and reads on.
 */
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';

let socket: Socket | undefined;
const server = createServer({ allowHalfOpen: true }, (accepted) => {
  socket = accepted;
  accepted.on('error', () => {});
  accepted.resume();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', (path: string) => setTimeout(() => socket?.end(() => writeFileSync(path, '')), 50));
process.on('disconnect', () => process.exit());
