/** Every wait for the outside has a limit and is reported, and a close ends in time whatever hangs. */
import { execFileSync } from 'node:child_process';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Clock } from '../../src/clock.js';
import type { Channel, OpenChannel } from '../../src/deliver/channel.js';
import type { DelivererOptions } from '../../src/deliver/deliverer.js';
import { sharePending } from '../../src/deliver/share-pending.js';
import { openTcpChannel } from '../../src/deliver/tcp-channel.js';
import { openTlsChannel } from '../../src/deliver/tls-channel.js';
import { openUdpChannel } from '../../src/deliver/udp-channel.js';
import { makeFolder } from '../checkpoint/temporary-folder.js';
import { startFullBacklog } from '../fakes/full-backlog.js';
import { HandClock } from '../fakes/hand-clock.js';
import { type ReceiverBehaviour, startReceiver } from '../fakes/receiver.js';
import { RecordedDeliverer } from './recorded-deliverer.js';

interface Hang {
  readonly name: string;
  readonly confirm?: DelivererOptions['confirm'];
  readonly code: string;
  readonly message: RegExp;
  open(t: ExecutionContext, clock: Clock): Promise<OpenChannel>;
}

const limits = { connectTimeoutMs: 500, confirmTimeoutMs: 700 };
const tls = { verify: 'strict', minVersion: 'TLSv1.2' } as const;
const written = { by: 'written' } as const;
const unreachable = 'output-unreachable';
const never = <Result>() => new Promise<Result>(() => {});

const hangs: readonly Hang[] = [
  {
    name: 'tcp: the look-up of the name never answers',
    code: unreachable,
    message: /No connection within 500 ms/,
    open: async (_t, clock) => (signal) =>
      openTcpChannel({ host: 'receiver.test', port: 1 }, { ...limits, clock, lookUp: never }, signal),
  },
  {
    name: 'tls: the look-up of the name never answers',
    code: unreachable,
    message: /No connection within 500 ms/,
    open: async (_t, clock) => (signal) =>
      openTlsChannel({ host: 'receiver.test', port: 1 }, tls, { ...limits, clock, lookUp: never }, signal),
  },
  {
    name: 'udp: the look-up of the name never answers',
    confirm: written,
    code: unreachable,
    message: /The name "receiver.test" was not looked up within 10000 ms/,
    open: async (_t, clock) => (signal) =>
      openUdpChannel({ host: 'receiver.test', port: 1 }, { clock, lookUp: never }, signal),
  },
  {
    name: 'tcp: the connection is never answered',
    code: unreachable,
    message: /No connection within 500 ms/,
    open: async (t, clock) => {
      const backlog = await startFullBacklog();
      t.teardown(() => backlog.close());
      return (signal) => openTcpChannel(backlog, { ...limits, clock }, signal);
    },
  },
  {
    name: 'tls: the certificate is never read',
    code: unreachable,
    message: /ca\.pem" could not be read within 500 ms/,
    open: async (t, clock) => {
      const ca = join(await makeFolder(t), 'ca.pem');
      execFileSync('mkfifo', [ca]);
      // Whoever reads it gets its end then. A thread that still reads would keep the process of a failed test from its exit.
      const release = async () => (await openFile(ca, 'r+')).close();
      const timer = setTimeout(release, 20_000);
      t.teardown(async () => {
        clearTimeout(timer);
        await release();
      });
      const host = '127.0.0.1';
      return (signal) => openTlsChannel({ host, port: 1 }, { ...tls, ca }, { ...limits, clock }, signal);
    },
  },
  {
    name: 'tls: the handshake never ends',
    code: unreachable,
    message: /accepts connections, but does not seem to speak TLS \(No connection within 500 ms\)/,
    open: async (t, clock) => {
      const receiver = await listen(t, { type: 'never-closes' });
      return (signal) => openTlsChannel(receiver, tls, { ...limits, clock }, signal);
    },
  },
  {
    name: 'tcp: the confirmation never comes',
    code: 'not-confirmed',
    message: /did not close the connection within 700 ms/,
    open: async (t, clock) => {
      const receiver = await listen(t, { type: 'never-closes' });
      return (signal) => openTcpChannel(receiver, { ...limits, clock }, signal);
    },
  },
  {
    name: 'file: it never opens',
    confirm: written,
    code: 'output-stalled',
    message: /has not opened for 60 s; lines wait/,
    open: async () => never,
  },
  {
    name: 'file: a write never ends',
    confirm: written,
    code: 'output-stalled',
    message: /has accepted nothing for 60 s; lines wait/,
    open: async () => async () => hangingChannel(never),
  },
];

for (const { name, confirm, code, message, open } of hangs) {
  test(`a wait that hangs is reported, confirms nothing and holds no close: ${name}`, async (t) => {
    const clock = new HandClock();
    const output = new RecordedDeliverer({ clock, open: await open(t, clock), ...(confirm && { confirm }) });
    const { deliverer } = output;
    deliverer.start();
    output.send(3);
    while (output.faults.length === 0) await clock.advance(20);
    t.is(output.faults[0]?.code, code);
    t.regex(output.faults[0]?.message ?? '', message);
    t.deepEqual(output.settled, []);
    let isClosed: boolean | undefined;
    void deliverer.close(1000).then((isConfirmed) => {
      isClosed = isConfirmed;
    });
    await clock.advance(1500);
    t.is(isClosed, false);
    t.deepEqual(output.abandoned, output.sent);
    t.is(output.recoveries, 0);
  });
}

/** An output that has taken two lines into a write that does not end before `finish`. */
function startHangingWrite() {
  const clock = new HandClock();
  let end = () => {};
  const write = () =>
    new Promise<void>((resolve) => {
      end = resolve;
    });
  const output = new RecordedDeliverer({ clock, open: async () => hangingChannel(write), confirm: written });
  output.deliverer.start();
  output.send(2);
  return { clock, output, finish: () => end() };
}

test('a write that ends after the close has given it up settles nothing more', async (t) => {
  const { clock, output, finish } = startHangingWrite();
  await clock.advance(60_000);
  t.is(output.faults.length, 1);
  const closed = output.deliverer.close(0);
  await clock.advance(500);
  t.false(await closed);
  finish();
  await clock.settle();
  t.deepEqual(output.abandoned, output.sent);
  t.is(output.settled.length, 2);
  t.is(output.recoveries, 0);
  t.is(clock.sleeping, 0);
});

test('a write that ends after it was reported is a recovery', async (t) => {
  const { clock, output, finish } = startHangingWrite();
  await clock.advance(600_000);
  t.is(output.faults.length, 1);
  finish();
  await clock.settle();
  t.deepEqual(output.delivered, output.sent);
  t.is(output.recoveries, 1);
  t.true(await output.deliverer.close(0));
});

test('a look-up that hangs is waited for again, not begun again, so that it holds one thread', async (t) => {
  const clock = new HandClock();
  let asked = 0;
  const lookUp = sharePending(() => {
    asked++;
    return never<never>();
  });
  const output = new RecordedDeliverer({
    clock,
    open: (signal) => openTcpChannel({ host: 'receiver.test', port: 1 }, { ...limits, clock, lookUp }, signal),
  });
  output.deliverer.start();
  while (output.faults.length < 5) await clock.advance(100);
  t.is(asked, 1);
  const closed = output.deliverer.close(0);
  await clock.advance(0);
  t.true(await closed);
});

test('calls are shared only while they are under way', async (t) => {
  let calls = 0;
  const call = sharePending(async (key: string) => {
    calls++;
    if (key === 'bad') throw new Error('Bad');
    return key;
  });
  t.deepEqual(await Promise.all([call('a'), call('a'), call('b')]), ['a', 'a', 'b']);
  t.is(calls, 2);
  await Promise.all([t.throwsAsync(call('bad')), t.throwsAsync(call('bad'))]);
  t.is(calls, 3);
  t.is(await call('a'), 'a');
  await t.throwsAsync(call('bad'));
  t.is(calls, 5);
});

/** As a file whose file system hangs: nothing ends its write. */
function hangingChannel(write: () => Promise<void>): Channel {
  return { write, end: async () => {}, destroy() {}, failure: never() };
}

async function listen(t: ExecutionContext, behaviour: ReceiverBehaviour) {
  const receiver = await startReceiver(behaviour);
  t.teardown(() => receiver.close());
  return receiver;
}
