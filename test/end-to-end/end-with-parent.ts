/**
 * Loaded before the program of a child: ends it with its parent, however that ends, so that a test that fails or is killed leaves
 * no process behind. File descriptor 3 is a pipe from the parent. The address of this file ends with the parent's number: a
 * process that inherits the arguments of its parent is another's child, and has no such pipe.
 */
import { Socket } from 'node:net';

if (process.ppid === Number(new URL(import.meta.url).search.slice(1))) {
  const end = () => process.kill(process.pid, 'SIGKILL');
  new Socket({ fd: 3, readable: true, writable: false }).on('error', end).on('close', end).resume().unref();
}
