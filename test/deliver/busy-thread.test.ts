/** What a receiver does while our thread is busy is not seen in its order, and must not pass for a confirmation. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, stat } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { systemClock } from '../../src/clock.js';
import { NotConfirmedError } from '../../src/deliver/channel.js';
import { openTcpChannel } from '../../src/deliver/tcp-channel.js';
import { deliverTo } from './recorded-deliverer.js';

/** Phases of the event loop in which the end may be asked for. */
const phases: readonly (readonly [name: string, enter: (callback: () => void) => void])[] = [
  ['a timer', (callback) => setTimeout(callback, 1)],
  ['the answer to a request', (callback) => stat('/', callback)],
  ['an immediate', (callback) => setImmediate(callback)],
];

for (const [name, enter] of phases) {
  test.serial(
    `a receiver that closed before our half-close, while the thread was busy in ${name}, confirms nothing`,
    async (t) => {
      const child = fork(fileURLToPath(new URL('early-end-child.js', import.meta.url)));
      t.teardown(() => child.kill());
      const [port] = (await once(child, 'message')) as [number];
      const tcp = { clock: systemClock, connectTimeoutMs: 5000, confirmTimeoutMs: 5000 };
      const channel = await openTcpChannel({ host: '127.0.0.1', port }, tcp, new AbortController().signal);
      t.teardown(() => channel.destroy());
      await channel.write(Buffer.from('a\n'));
      await delay(50);
      const folder = await mkdtemp(join(tmpdir(), 'busy-thread-'));
      t.teardown(() => rm(folder, { recursive: true }));
      const ended = await endAfterBusyTime(child, join(folder, 'ended'), enter, () => channel.end());
      t.true(ended instanceof NotConfirmedError);
    },
  );
}

/** Lets the receiver end, is busy until it has done so, and only then ends the channel, all in one callback. */
function endAfterBusyTime(
  child: ChildProcess,
  endedPath: string,
  enter: (callback: () => void) => void,
  end: () => Promise<void>,
): Promise<unknown> {
  return new Promise((resolve) => {
    child.send(endedPath, () => {
      enter(() => {
        while (!existsSync(endedPath));
        beBusy(20);
        end().then(() => resolve('ended well'), resolve);
      });
    });
  });
}

function beBusy(ms: number): void {
  for (const startedMs = performance.now(); performance.now() - startedMs < ms; );
}

test.serial(
  'a greeting that arrives while the thread is busy for the whole watch is seen before a write counts',
  async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      // The watch begins once the line is written. Behind an immediate, its timer comes before what the sockets have received.
      const greet = () => {
        beBusy(200);
        socket.write('220 mail.example.com ESMTP\r\n');
      };
      socket.once('data', () => setTimeout(() => setImmediate(greet), 5));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const output = deliverTo({ host: '127.0.0.1', port }, { confirm: { by: 'written', watchMs: 100 } });
    t.teardown(async () => {
      await output.deliverer.close(0);
      server.close();
    });
    output.deliverer.start();
    output.send(1);
    await output.when(() => output.faults.length > 0 || output.settled.length > 0);
    t.deepEqual(output.settled, []);
  },
);
