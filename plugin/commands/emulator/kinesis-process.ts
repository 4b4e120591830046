/**
 * The process of the emulated Kinesis. It listens on the loopback interface only, and ends with its parent, however the parent
 * ends. Its argument is the emulator's main file.
 */
import { Server } from 'node:net';
import { pathToFileURL } from 'node:url';

const [, , main = ''] = process.argv;

// The emulator accepts a port but no address, and would listen on every interface.
const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
Server.prototype.listen = function (this: Server, place: unknown, ...others: unknown[]) {
  if (typeof place !== 'number') throw new TypeError('Expected the emulator to listen on a port');
  const callback = others.find((other) => typeof other === 'function');
  return listen.call(this, { port: place, host: '127.0.0.1' }, callback);
} as Server['listen'];

// The pipe from the parent closes when the parent ends, even if it is killed. On an exit or SIGTERM, the emulator would wait
// for open connections.
const end = () => process.kill(process.pid, 'SIGKILL');
process.stdin.on('error', end).on('close', end).on('end', end).resume();

await import(pathToFileURL(main).href);
