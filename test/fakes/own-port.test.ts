import { createServer } from 'node:net';
import test from 'ava';
import { listenAt, takeOwnPort } from './own-port.js';

test('a port is given to one at a time, and may be given back more than once', async (t) => {
  const taken = await Promise.all(Array.from({ length: 50 }, takeOwnPort));
  t.is(new Set(taken.map(({ port }) => port)).size, 50);
  for (const { release } of [...taken, ...taken]) release();
});

test('a server listens at its port again, also while its former socket is still open somewhere', async (t) => {
  const own = await takeOwnPort();
  const former = createServer();
  await listenAt(former, own);
  const listening = listenAt(createServer().unref(), own);
  setTimeout(() => former.close(), 50);
  await t.notThrowsAsync(listening);
  own.release();
});
