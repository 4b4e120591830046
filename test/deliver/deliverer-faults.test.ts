/** A receiver that fails: nothing is lost, nothing is confirmed that may be, and the order stays. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import test from 'ava';
import { HandClock } from '../fakes/hand-clock.js';
import { type ReceiverBehaviour, startReceiver } from '../fakes/receiver.js';
import { deliverTo, isInOrder, rotation, startDelivering } from './recorded-deliverer.js';

const misbehaviours: readonly (readonly [name: string, behaviour: ReceiverBehaviour, code: string])[] = [
  ['resets in the middle of a line', { type: 'resets', afterBytes: 1013 }, 'output-unreachable'],
  ['closes early', { type: 'closes-early', afterBytes: 1013 }, 'not-confirmed'],
  ['closes before the first byte', { type: 'closes-early', afterBytes: 0 }, 'not-confirmed'],
  ['never closes', { type: 'never-closes' }, 'not-confirmed'],
  ['sends bytes', { type: 'speaks', text: '220 ready\r\n' }, 'not-confirmed'],
  ['stalls', { type: 'stalls' }, 'not-confirmed'],
];

for (const [name, behaviour, code] of misbehaviours) {
  test(`a receiver that ${name} confirms nothing; once it behaves everything is there, oldest first`, async (t) => {
    const { receiver, output } = await startDelivering(t, behaviour, { confirmTimeoutMs: 300 });
    output.send(500);
    await output.when(() => output.faults.length >= 2);
    t.deepEqual(output.settled, []);
    t.true(output.faults.some((fault) => fault.code === code));
    output.send(500);
    const collected = receiver.lines.length;
    receiver.behave({ type: 'normal' });
    await output.whenDelivered(1000);
    t.deepEqual(output.delivered, output.sent);
    t.true(isInOrder(receiver.lines.slice(collected), output.sent));
    t.true(output.recoveries >= 1);
    t.true(output.deliverer.stats.resent.lines >= 500);
    t.true(await output.deliverer.close(10_000));
    t.is(output.settled.length, 1000);
  });
}

test('a receiver that refuses at the start is retried until it is there', async (t) => {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  await receiver.kill();
  const output = deliverTo(receiver);
  output.deliverer.start();
  output.send(100);
  await output.when(() => output.faults.length >= 5);
  t.true(output.faults.every(({ code }) => code === 'output-unreachable'));
  t.deepEqual(
    output.faults.slice(0, 5).map(({ attempt, retryMs }) => [attempt, retryMs]),
    [
      [1, 8],
      [2, 15],
      [3, 30],
      [4, 60],
      [5, 75],
    ],
  );
  await receiver.restart();
  t.true(await output.deliverer.flush(10_000));
  // Nothing had gone out, so nothing came twice and nothing was tried one by one.
  t.deepEqual(receiver.lines, output.sent);
  t.true(receiver.connections[0]?.bytes === 100 * 21);
  t.is(output.recoveries, 1);
  await output.deliverer.close(0);
});

test('a receiver that is killed within the hold after a good end gets the lines again', async (t) => {
  const { receiver, output } = await startDelivering(t, undefined, {
    confirm: { by: 'closed', limits: { rotateMs: 50, rotateBytes: 1e6, confirmHoldMs: 1000 } },
  });
  output.send(100);
  await receiver.when(({ connections }) => connections[0]?.closedMs !== undefined);
  t.deepEqual(receiver.lines, output.sent);
  await receiver.kill();
  t.deepEqual(output.settled, []);
  await receiver.restart();
  await output.whenDelivered(100);
  t.deepEqual(receiver.lines, [...output.sent, ...output.sent]);
  t.is(output.settled.length, 100);
});

test('a receiver that fails and returns repeatedly gets every line, in order after each return', async (t) => {
  const { receiver, output } = await startDelivering(t);
  const sending = setInterval(() => output.send(20), 2);
  t.teardown(() => clearInterval(sending));
  for (let round = 1; round <= 4; round++) {
    const delivered = output.delivered.length;
    await output.whenDelivered(delivered + 100);
    await receiver.kill();
    const confirmed = output.delivered.length;
    const collected = receiver.lines.length;
    await receiver.restart();
    await receiver.whenLines(collected + 100);
    t.is(receiver.lines[collected], output.sent[confirmed]);
  }
  clearInterval(sending);
  t.true(await output.deliverer.close(10_000));
  t.true(isInOrder(receiver.lines, output.sent));
  t.deepEqual(output.delivered, output.sent);
  t.true(output.recoveries >= 4);
});

test('a receiver that comes back after an hour gets every line, and was asked after all the time', async (t) => {
  const clock = new HandClock();
  const backoff = { baseMs: 250, maxMs: 30_000 };
  const { receiver, output } = await startDelivering(t, undefined, { clock, backoff });
  await receiver.kill();
  output.send(100);
  await clock.advance(3_600_000);
  t.deepEqual(output.settled, []);
  // Half of a pause is by chance, which is 0.5 here: one attempt in 22.5 s.
  t.true(output.faults.length > 100 && output.faults.length < 200, `${output.faults.length}`);
  await receiver.restart();
  while (output.settled.length < 100) await clock.advance(50);
  t.deepEqual(receiver.lines, output.sent);
  t.deepEqual(output.delivered, output.sent);
  t.is(output.recoveries, 1);
});

test('a receiver that never closes is tried with one line at a time, until it closes', async (t) => {
  const clock = new HandClock();
  const { receiver, output } = await startDelivering(t, { type: 'never-closes' }, { clock, confirmTimeoutMs: 500 });
  output.send(200);
  await advanceUntil(clock, () => output.faults.length >= 3);
  const inFull = receiver.lines.length;
  const connections = receiver.connections.length;
  t.is(inFull, 3 * 200);
  await advanceUntil(clock, () => output.faults.length >= 6);
  t.is(receiver.lines.length, inFull + 3);
  t.true(receiver.connections.slice(connections).every(({ bytes }) => bytes <= 21));
  t.true(output.faults.every(({ code }) => code === 'not-confirmed'));
  t.true(output.faults.slice(2).every(({ retryMs }) => retryMs === 100));
  t.true(output.faults.slice(2).every(({ message }) => /confirm: "written"/.test(message)));
  t.deepEqual(output.settled, []);
  receiver.behave({ type: 'normal' });
  await advanceUntil(clock, () => output.settled.length >= 200);
  t.deepEqual(output.delivered, output.sent);
  t.is(output.recoveries, 1);
});

for (const [name, behaviour] of misbehaviours) {
  // Before the end of the first line, so that not even one of them is confirmed.
  const worse = 'afterBytes' in behaviour && behaviour.afterBytes > 0 ? { ...behaviour, afterBytes: 500 } : behaviour;
  test(`a receiver that ${name} gets little again, at ever longer times, until it confirms`, async (t) => {
    const clock = new HandClock();
    const limits = { maxBytes: 16 * 1024 ** 2, maxLines: 100_000 };
    const backoff = { baseMs: 250, maxMs: 30_000 };
    const { receiver, output } = await startDelivering(t, worse, { clock, backoff, limits, confirmTimeoutMs: 500 });
    output.send(4000, 999);
    await advanceUntil(clock, () => output.faults.length >= 3);
    const { bytes } = receiver;
    const startedMs = clock.monotonic();
    await clock.advance(600_000);
    t.deepEqual(output.settled, []);
    // What is sent again for the first and the second time is limited by its bytes, and from then on it is one line.
    const sentAgain = output.deliverer.stats.resent.bytes - 4000 * 1000;
    t.true(sentAgain <= 1024 ** 2 + 64 * 1024 + 1000 * (output.faults.length - 2), `${sentAgain}`);
    t.true(receiver.bytes - bytes <= 1000 * (output.faults.length - 3), `${receiver.bytes - bytes}`);
    const attempts = output.faults.length - 3;
    t.true(attempts <= (clock.monotonic() - startedMs) / 15_000 + 10, `${attempts}`);
    receiver.behave({ type: 'normal' });
    await advanceUntil(clock, () => output.settled.length === 4000);
    t.deepEqual(output.delivered, output.sent);
  });
}

for (const afterBytes of [1, 150_000]) {
  test(`a receiver that resets every second connection after ${afterBytes} bytes makes progress, with few duplicates`, async (t) => {
    const clock = new HandClock();
    const limits = { maxBytes: 16 * 1024 ** 2, maxLines: 100_000 };
    const { receiver, output } = await startDelivering(t, undefined, { clock, limits });
    receiver.behave((connection) => (connection % 2 === 0 ? { type: 'normal' } : { type: 'resets', afterBytes }));
    const bytes = 4000 * 1000;
    output.send(4000, 999);
    await advanceUntil(clock, () => output.settled.length === 4000);
    t.deepEqual(output.delivered, output.sent);
    t.true(receiver.connections.filter(({ behaviour }) => behaviour.type === 'resets').length > 3);
    const { resent } = output.deliverer.stats;
    t.true(resent.bytes <= 4 * bytes, `${resent.bytes}`);
  });
}

const others: readonly (readonly [name: string, listen: () => Server, told: RegExp])[] = [
  ['a web server', () => createHttpServer(), /answered as a server for HTTP/],
  ['a mail server', () => createServer((socket) => greet(socket)), /answered as a server for SMTP/],
  ['a port for TLS', () => createTlsServer(), /closed the connection|ECONNRESET|EPIPE|TLS alert/],
];

for (const confirm of [
  { by: 'closed', limits: rotation },
  { by: 'written', watchMs: 500 },
] as const) {
  for (const [name, listen, told] of others) {
    test(`${name} confirms nothing, is reported as such, and "written" is not advised: confirm by "${confirm.by}"`, async (t) => {
      const server = listen().on('error', () => {});
      server.on('tlsClientError', () => {});
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const output = deliverTo({ host: '127.0.0.1', port }, { confirm });
      t.teardown(async () => {
        await output.deliverer.close(0);
        server.close();
      });
      output.deliverer.start();
      output.send(100);
      await output.when(() => output.faults.length >= 6);
      t.deepEqual(output.settled, []);
      t.true(
        output.faults.some(({ message }) => told.test(message)),
        output.faults.map(({ message }) => message).join('\n'),
      );
      t.notRegex(JSON.stringify(output.faults), /confirm: .?"written/);
    });
  }
}

function greet(socket: Socket): void {
  socket.on('error', () => {}).write('220 mail.example.com ESMTP\r\n');
}

test('a receiver that has confirmed again is trusted again', async (t) => {
  const clock = new HandClock();
  const { receiver, output } = await startDelivering(t, { type: 'never-closes' }, { clock, confirmTimeoutMs: 500 });
  output.send(10);
  await advanceUntil(clock, () => output.faults.length >= 4);
  receiver.behave({ type: 'normal' });
  await advanceUntil(clock, () => output.settled.length >= 10);
  const collected = receiver.lines.length;
  output.send(200);
  await advanceUntil(clock, () => receiver.lines.length >= collected + 200);
  await receiver.kill();
  const connections = receiver.connections.length;
  await receiver.restart();
  await advanceUntil(clock, () => receiver.lines.length >= collected + 400);
  const first = receiver.connections.slice(connections).find(({ bytes }) => bytes > 0);
  t.is(first?.bytes, 200 * 21);
  await advanceUntil(clock, () => output.settled.length >= 210);
});

test('a host that has no name is reported and retried', async (t) => {
  const output = deliverTo({ host: 'no-such-host.invalid', port: 6161 });
  output.deliverer.start();
  await output.when(() => output.faults.length >= 2);
  t.true(output.faults.every(({ code }) => code === 'output-unreachable'));
  t.true(await output.deliverer.close(1000));
});

/** In steps that leave the sockets far more time than the limits, however slow the machine. */
async function advanceUntil(clock: HandClock, isDone: () => boolean): Promise<void> {
  while (!isDone()) await clock.advance(10);
}
