import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../../src/clock.js';
import { type Channel, NotConfirmedError } from '../../src/deliver/channel.js';
import { toLookupFunction } from '../../src/deliver/look-up.js';
import { openSocketChannel, openTcpChannel } from '../../src/deliver/tcp-channel.js';
import { startFullBacklog } from '../fakes/full-backlog.js';
import { HandClock } from '../fakes/hand-clock.js';
import { type Receiver, type ReceiverBehaviour, startReceiver } from '../fakes/receiver.js';

const limits = { clock: systemClock, connectTimeoutMs: 5000, confirmTimeoutMs: 5000 };

test('a receiver that reads everything and closes after us ends the channel well', async (t) => {
  const { receiver, channel } = await open(t);
  await channel.write(bytes('a\nb\n'));
  await channel.end();
  t.deepEqual(receiver.lines, ['a', 'b']);
});

test('a write that the system takes at once needs no time limit, one that waits for the receiver has one', async (t) => {
  const clock = new HandClock();
  const { channel } = await open(t, { type: 'stalls' }, { clock });
  const small = channel.write(bytes('a\n'));
  t.is(clock.sleeping, 0);
  await small;
  const large = channel.write(new Uint8Array(64 * 1024 * 1024));
  t.is(clock.sleeping, 1);
  channel.destroy();
  await t.throwsAsync(large);
  await t.throwsAsync(channel.write(bytes('a\n')), undefined, 'after the end');
  t.is(clock.sleeping, 0);
});

test('a large write ends well only when all of it was read', async (t) => {
  const { receiver, channel } = await open(t, { type: 'slow', pauseMs: 1 });
  await channel.write(bytes(`${'x'.repeat(999)}\n`.repeat(5000)));
  await channel.end();
  t.is(receiver.bytes, 5_000_000);
});

const misbehaviours: readonly (readonly [name: string, behaviour: ReceiverBehaviour])[] = [
  ['closes before us', { type: 'closes-early', afterBytes: 2 }],
  ['sends bytes', { type: 'speaks', text: 'hello\n' }],
];

for (const [name, behaviour] of misbehaviours) {
  test(`a receiver that ${name} confirms nothing`, async (t) => {
    const { receiver, channel } = await open(t, behaviour);
    await channel.write(bytes('a\nb\n'));
    await receiver.whenLines(2);
    await turns();
    await t.throwsAsync(channel.end(), { instanceOf: NotConfirmedError });
  });
}

test('an end of the receiver that is there before the first byte confirms nothing', async (t) => {
  const { channel } = await open(t, { type: 'closes-early', afterBytes: 0 });
  await channel.failure;
  await channel.write(bytes('a\n')).catch(() => {});
  await t.throwsAsync(channel.end(), { instanceOf: NotConfirmedError });
});

test('an early end of the receiver is a failure at once', async (t) => {
  const { receiver, channel } = await open(t);
  receiver.endAll();
  t.true((await channel.failure) instanceof NotConfirmedError);
});

test('a reset is a failure at once, fails the end and does not wait for a time limit', async (t) => {
  const { channel } = await open(t, { type: 'resets', afterBytes: 1 }, { confirmTimeoutMs: 60_000 });
  await channel.write(bytes('a\n'));
  const failure = await channel.failure;
  t.false(failure instanceof NotConfirmedError);
  t.is(await t.throwsAsync(channel.end()), failure);
});

test('a reset during the end fails it', async (t) => {
  const { receiver, channel } = await open(t, { type: 'never-closes' }, { confirmTimeoutMs: 60_000 });
  const ended = channel.end();
  await receiver.when(({ connections }) => connections[0]?.halfClosedMs !== undefined);
  await Promise.all([t.throwsAsync(ended), receiver.kill()]);
});

test('a receiver that never closes fails the end when the time is over', async (t) => {
  const clock = new HandClock();
  const { receiver, channel } = await open(t, { type: 'never-closes' }, { clock, confirmTimeoutMs: 3000 });
  await channel.write(bytes('a\n'));
  const ended = t.throwsAsync(channel.end(), { instanceOf: NotConfirmedError });
  await receiver.when(({ connections }) => connections[0]?.halfClosedMs !== undefined);
  t.is(clock.sleeping, 1);
  await clock.advance(3000);
  await ended;
});

test('a channel that is destroyed in the middle of its end fails it at once', async (t) => {
  const clock = new HandClock();
  const { channel } = await open(t, { type: 'never-closes' }, { clock });
  const ended = t.throwsAsync(channel.end());
  channel.destroy();
  channel.destroy();
  await ended;
  t.is(clock.sleeping, 0);
});

test('a write that a stalled receiver does not read fails when the channel is destroyed', async (t) => {
  const { channel } = await open(t, { type: 'stalls' });
  const written = channel.write(new Uint8Array(64 * 1024 * 1024));
  setTimeout(() => channel.destroy(), 50);
  await t.throwsAsync(written);
});

test('a refused connection is an error', async (t) => {
  // A port that no other test can listen on, unlike one that was just closed.
  const address = { host: '127.0.0.1', port: 1 };
  await t.throwsAsync(openTcpChannel(address, limits, new AbortController().signal), { code: 'ECONNREFUSED' });
});

test('an attempt to connect ends with the time limit, and with the signal', async (t) => {
  const address = await startFullBacklog();
  t.teardown(() => address.close());
  const clock = new HandClock();
  const stop = new AbortController();
  const attempts = [
    t.throwsAsync(openTcpChannel(address, { ...limits, clock }, new AbortController().signal), { code: 'ETIMEDOUT' }),
    t.throwsAsync(openTcpChannel(address, { ...limits, clock }, stop.signal), { name: 'AbortError' }),
  ];
  stop.abort();
  await attempts[1];
  await clock.advance(limits.connectTimeoutMs);
  await attempts[0];
  t.is(clock.sleeping, 0);
});

test('a socket that is connected does not keep the process alive, also by its second address', async (t) => {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const lookup = toLookupFunction(async () => [
    { address: '::1', family: 6 },
    { address: receiver.host, family: 4 },
  ]);
  const socket = connect({ host: 'receiver.test', port: receiver.port, lookup, autoSelectFamily: true });
  const channel = await openSocketChannel(socket, 'connect', limits, new AbortController().signal);
  t.is(socket.remoteAddress, receiver.host);
  t.false((socket as unknown as { readonly _handle: { hasRef(): boolean } })._handle.hasRef());
  channel.destroy();
});

async function open(
  t: ExecutionContext,
  behaviour?: ReceiverBehaviour,
  options: Partial<typeof limits> = {},
): Promise<{ readonly receiver: Receiver; readonly channel: Channel }> {
  const receiver = await startReceiver(behaviour);
  const channel = await openTcpChannel(receiver, { ...limits, ...options }, new AbortController().signal);
  t.teardown(async () => {
    channel.destroy();
    await receiver.close();
  });
  return { receiver, channel };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Until the receiver's answer is here. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
