import { createSocket, Socket } from 'node:dgram';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../../src/clock.js';
import { maxDatagramBytes, openUdpChannel } from '../../src/deliver/udp-channel.js';
import { HandClock } from '../fakes/hand-clock.js';
import { RecordedDeliverer } from './recorded-deliverer.js';

const { signal } = new AbortController();

for (const host of ['127.0.0.1', '::1', 'localhost']) {
  test(`${host}: each line is a datagram of its own, without its line feed`, async (t) => {
    const receiver = await startReceiver(t, host);
    const channel = await openUdpChannel(receiver, { clock: systemClock }, signal);
    await channel.write(bytes('one\n'));
    await channel.write(bytes('two\nthree äöü\nfour\n'));
    await receiver.whenDatagrams(4);
    t.deepEqual(receiver.datagrams, ['one', 'two', 'three äöü', 'four']);
    await channel.end();
  });
}

test('the largest datagram is sent whole, and one byte more fails the write', async (t) => {
  const receiver = await startReceiver(t);
  const channel = await openUdpChannel(receiver, { clock: systemClock }, signal);
  await channel.write(bytes(`${'x'.repeat(maxDatagramBytes)}\n`));
  await receiver.whenDatagrams(1);
  t.is(receiver.datagrams[0]?.length, maxDatagramBytes);
  await t.throwsAsync(channel.write(bytes(`${'x'.repeat(maxDatagramBytes + 1)}\n`)), { code: 'EMSGSIZE' });
  channel.destroy();
});

test('a channel that is destroyed takes nothing more, and may be destroyed again', async (t) => {
  const receiver = await startReceiver(t);
  const channel = await openUdpChannel(receiver, { clock: systemClock }, signal);
  await channel.write(bytes('a\n'));
  channel.destroy();
  channel.destroy();
  await t.throwsAsync(channel.write(bytes('b\n')));
  const ended = await openUdpChannel(receiver, { clock: systemClock }, signal);
  await ended.end();
  ended.destroy();
  await t.throwsAsync(ended.write(bytes('c\n')));
});

test('a write that is under way when the channel is destroyed comes to an end', async (t) => {
  const channel = await openUdpChannel(await startReceiver(t), { clock: systemClock }, signal);
  const written = channel.write(bytes('a\n'.repeat(1000)));
  channel.destroy();
  await t.throwsAsync(written);
});

test.serial('a datagram that the system does not take fails its write when the time is over', async (t) => {
  const { send } = Socket.prototype;
  t.teardown(() => Object.assign(Socket.prototype, { send }));
  Socket.prototype.send = () => {};
  const clock = new HandClock();
  const channel = await openUdpChannel(await startReceiver(t), { clock }, signal);
  const written = t.throwsAsync(channel.write(bytes('a\n')), { code: 'ETIMEDOUT' });
  await clock.advance(10_000);
  await written;
  channel.destroy();
});

test('a name that does not exist is an error of the opening', async (t) => {
  await t.throwsAsync(openUdpChannel({ host: 'receiver.invalid', port: 6161 }, { clock: systemClock }, signal));
});

test('a name whose address changes is looked up again within a minute, and lines follow it, also to the other family', async (t) => {
  const first = await startReceiver(t);
  const others = [await startReceiver(t, '127.0.0.2', first.port), await startReceiver(t, '::1', first.port)];
  const clock = new HandClock();
  let address = { address: first.host, family: 4 };
  const names: string[] = [];
  const lookUp = async (name: string) => {
    names.push(name);
    return [address];
  };
  const channel = await openUdpChannel({ host: 'receiver.test', port: first.port }, { clock, lookUp }, signal);
  const write = async (text: string) => {
    await channel.write(bytes(`${text}\n`));
    await clock.settle();
  };
  await write('one');
  let told = 1;
  for (const { host, datagrams, whenDatagrams } of others) {
    address = { address: host, family: host === '::1' ? 6 : 4 };
    await clock.advance(59_000);
    await write('to the old address');
    await clock.advance(1000);
    // This one asks; the answer counts from the next on.
    await write('to the old address');
    await write('to the new address');
    await whenDatagrams(1);
    t.is(datagrams[0], 'to the new address');
    told++;
  }
  t.deepEqual(names, Array(told).fill('receiver.test'));
  await channel.end();
  await clock.advance(60_000);
  await t.throwsAsync(channel.write(bytes('after the end\n')));
});

test('a look-up that fails leaves lines on their way to the old address', async (t) => {
  const receiver = await startReceiver(t);
  const clock = new HandClock();
  let lookups = 0;
  const lookUp = async () => {
    if (++lookups > 1) throw Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' });
    return [{ address: receiver.host, family: 4 }];
  };
  const channel = await openUdpChannel({ host: 'receiver.test', port: receiver.port }, { clock, lookUp }, signal);
  for (let i = 1; i <= 3; i++) {
    await channel.write(bytes(`${i}\n`));
    await clock.advance(60_000);
  }
  await receiver.whenDatagrams(3);
  t.is(lookups, 3);
  await channel.end();
});

test('a receiver that is away fails nothing: lines count as sent', async (t) => {
  const receiver = await startReceiver(t);
  await receiver.close();
  const output = new RecordedDeliverer({
    open: () => openUdpChannel(receiver, { clock: systemClock }, signal),
    confirm: { by: 'written' },
  });
  output.deliverer.start();
  output.send(100);
  await output.whenDelivered(100);
  t.true(await output.deliverer.close(10_000));
  t.deepEqual(output.faults, []);
});

test('a deliverer sends each line once and in order', async (t) => {
  const receiver = await startReceiver(t);
  const output = new RecordedDeliverer({
    open: () => openUdpChannel(receiver, { clock: systemClock }, signal),
    confirm: { by: 'written' },
  });
  output.deliverer.start();
  output.send(200);
  t.true(await output.deliverer.close(10_000));
  await receiver.whenDatagrams(200);
  t.deepEqual(receiver.datagrams, output.sent);
});

async function startReceiver(t: ExecutionContext, host = '127.0.0.1', port = 0) {
  const socket = createSocket({ type: host === '::1' ? 'udp6' : 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  socket.bind(port, host);
  await once(socket, 'listening');
  const datagrams: string[] = [];
  socket.on('message', (message) => datagrams.push(String(message)));
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    socket.close();
    await once(socket, 'close');
  };
  t.teardown(close);
  const whenDatagrams = async (count: number) => {
    while (datagrams.length < count) await once(socket, 'message');
  };
  return { host, port: socket.address().port, datagrams, whenDatagrams, close };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
