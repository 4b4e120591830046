import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { maxDatagramBytes, openUdpChannel } from '../../src/deliver/udp-channel.js';
import { RecordedDeliverer } from './recorded-deliverer.js';

for (const host of ['127.0.0.1', '::1', 'localhost']) {
  test(`${host}: each line is a datagram of its own, without its line feed`, async (t) => {
    const receiver = await startReceiver(t, host);
    const channel = await openUdpChannel(receiver);
    await channel.write(bytes('one\n'));
    await channel.write(bytes('two\nthree äöü\nfour\n'));
    await receiver.whenDatagrams(4);
    t.deepEqual(receiver.datagrams, ['one', 'two', 'three äöü', 'four']);
    await channel.end();
  });
}

test('the largest datagram is sent whole, and one byte more fails the write', async (t) => {
  const receiver = await startReceiver(t);
  const channel = await openUdpChannel(receiver);
  await channel.write(bytes(`${'x'.repeat(maxDatagramBytes)}\n`));
  await receiver.whenDatagrams(1);
  t.is(receiver.datagrams[0]?.length, maxDatagramBytes);
  await t.throwsAsync(channel.write(bytes(`${'x'.repeat(maxDatagramBytes + 1)}\n`)), { code: 'EMSGSIZE' });
  channel.destroy();
});

test('a channel that is let go takes nothing more, and may be let go again', async (t) => {
  const receiver = await startReceiver(t);
  const channel = await openUdpChannel(receiver);
  await channel.write(bytes('a\n'));
  channel.destroy();
  channel.destroy();
  await t.throwsAsync(channel.write(bytes('b\n')));
  const ended = await openUdpChannel(receiver);
  await ended.end();
  ended.destroy();
  await t.throwsAsync(ended.write(bytes('c\n')));
});

test('a write that is under way when the channel is let go comes to an end', async (t) => {
  const channel = await openUdpChannel(await startReceiver(t));
  const written = channel.write(bytes('a\n'.repeat(1000)));
  channel.destroy();
  await t.throwsAsync(written);
});

test('a name that does not exist is an error of the opening', async (t) => {
  await t.throwsAsync(openUdpChannel({ host: 'receiver.invalid', port: 6161 }));
});

test('a receiver that is away fails nothing: lines count as sent', async (t) => {
  const receiver = await startReceiver(t);
  await receiver.close();
  const output = new RecordedDeliverer({ open: () => openUdpChannel(receiver), confirm: { by: 'written' } });
  output.deliverer.start();
  output.send(100);
  await output.whenDelivered(100);
  t.true(await output.deliverer.close(10_000));
  t.deepEqual(output.faults, []);
});

test('a deliverer sends each line once and in order', async (t) => {
  const receiver = await startReceiver(t);
  const output = new RecordedDeliverer({ open: () => openUdpChannel(receiver), confirm: { by: 'written' } });
  output.deliverer.start();
  output.send(200);
  t.true(await output.deliverer.close(10_000));
  await receiver.whenDatagrams(200);
  t.deepEqual(receiver.datagrams, output.sent);
});

async function startReceiver(t: ExecutionContext, host = '127.0.0.1') {
  const socket = createSocket({ type: host === '::1' ? 'udp6' : 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  socket.bind(0, host);
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
