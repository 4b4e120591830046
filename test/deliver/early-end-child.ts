/** A receiver in a process of its own that ends its side of the connection 50 ms after it is told to, and reads on. */
import { type AddressInfo, createServer, type Socket } from 'node:net';

let socket: Socket | undefined;
const server = createServer({ allowHalfOpen: true }, (accepted) => {
  socket = accepted;
  accepted.on('error', () => {});
  accepted.resume();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', () => setTimeout(() => socket?.end(), 50));
process.on('disconnect', () => process.exit());
