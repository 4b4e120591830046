/**
 * The process of the emulated Kinesis: on the loopback only, and ended with the process that started it, however that ends.
 * Its argument is the emulator's main file.
 */
import { Server } from 'node:net';
import { pathToFileURL } from 'node:url';

const [, , main = ''] = process.argv;

// The emulator takes a port and no address, and would listen on every interface.
const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
Server.prototype.listen = function (this: Server, place: unknown, ...others: unknown[]) {
  if (typeof place !== 'number') throw new TypeError('Expected the emulator to listen on a port');
  const callback = others.find((other) => typeof other === 'function');
  return listen.call(this, { port: place, host: '127.0.0.1' }, callback);
} as Server['listen'];

// The pipe from the parent closes with the parent, even when that is killed. On an exit, and on SIGTERM, the emulator would
// wait for open connections.
const end = () => process.kill(process.pid, 'SIGKILL');
process.stdin.on('error', end).on('close', end).on('end', end).resume();

await import(pathToFileURL(main).href);
