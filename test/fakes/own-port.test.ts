import { once } from 'node:events';
import { createServer } from 'node:net';
import test from 'ava';
import { takeOwnPort } from './own-port.js';

test('a port is given to one at a time, and can be listened at again and again', async (t) => {
  const taken = await Promise.all(Array.from({ length: 50 }, takeOwnPort));
  t.is(new Set(taken.map(({ port }) => port)).size, 50);
  const [own] = taken;
  for (let i = 0; i < 3; i++) {
    const server = createServer().listen(own?.port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  }
  for (const { release } of [...taken, ...taken]) release();
});
