import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Channel, NotConfirmedError, type OpenChannel } from '../../src/deliver/channel.js';
import { ClosedSession, type ClosedSessionOptions } from '../../src/deliver/closed-session.js';
import { Outbox } from '../../src/deliver/outbox.js';
import { SendWindow } from '../../src/deliver/send-window.js';
import { openTcpChannel } from '../../src/deliver/tcp-channel.js';
import { HandClock } from '../fakes/hand-clock.js';
import { type Receiver, type ReceiverBehaviour, startReceiver } from '../fakes/receiver.js';

const limits = { rotateMs: 1000, rotateBytes: 1000, confirmHoldMs: 500 };

test('lines are confirmed by a later good end, at least the hold after the end of theirs', async (t) => {
  const { clock, receiver, send, settled, stop } = await start(t);
  send(3);
  await advanceUntil(clock, () => receiver.connections[0]?.closedMs !== undefined);
  const endedMs = clock.monotonic();
  await clock.advance(limits.confirmHoldMs - 20);
  t.deepEqual(settled, []);
  await advanceUntil(clock, () => settled.length > 0);
  t.true(clock.monotonic() >= endedMs + limits.confirmHoldMs - 10);
  t.deepEqual(settled, ['0 delivered', '1 delivered', '2 delivered']);
  t.not(receiver.connections[1]?.closedMs, undefined);
  await stop();
});

test('the next connection is open before the last one is half-closed, which is quiet before', async (t) => {
  const { clock, receiver, send, stop } = await start(t);
  send(1);
  await receiver.whenLines(1);
  await advanceUntil(clock, () => receiver.connections.length === 2);
  const openMs = clock.monotonic();
  t.is(receiver.connections[0]?.halfClosedMs, undefined);
  await clock.advance(180);
  t.is(receiver.connections[0]?.halfClosedMs, undefined);
  await advanceUntil(clock, () => receiver.connections[0]?.halfClosedMs !== undefined);
  t.true(clock.monotonic() >= openMs + 190);
  await stop();
});

test('the flow does not stop for a confirmation', async (t) => {
  const { clock, receiver, outbox, send, settled, stop } = await start(t);
  for (let round = 0; round < 6; round++) {
    send(20);
    await receiver.whenLines(20 * (round + 1));
  }
  t.is(settled.length, 0);
  await receiver.when(({ connections }) => connections.length === 3);
  t.is(outbox.waiting, 0);
  await advanceUntil(clock, () => settled.length === 120);
  await stop();
});

test('a steady trickle is confirmed while it continues', async (t) => {
  const { clock, receiver, send, settled, stop } = await start(t);
  for (let second = 0; second < 5; second++) {
    for (let i = 0; i < 10; i++) {
      send(1);
      await clock.advance(100);
    }
  }
  t.true(settled.length >= 20);
  t.true(receiver.connections.length <= 10);
  await stop();
});

test('without any line nothing is ever rotated', async (t) => {
  const { clock, receiver, stop } = await start(t);
  await clock.advance(3_600_000);
  t.is(receiver.connections.length, 1);
  t.is(clock.sleeping, 0);
  await stop();
});

test('once all is confirmed the connection is left alone', async (t) => {
  const { clock, receiver, send, settled, stop } = await start(t);
  send(1);
  await advanceUntil(clock, () => settled.length === 1);
  const { length } = receiver.connections;
  await clock.advance(3_600_000);
  t.is(receiver.connections.length, length);
  t.is(clock.sleeping, 0);
  await stop();
});

test('lines that come one by one leave one timer', async (t) => {
  const { clock, receiver, send, stop } = await start(t);
  for (let i = 1; i <= 20; i++) {
    send(1);
    await receiver.whenLines(i);
    await turn();
  }
  t.is(clock.sleeping, 1);
  await stop();
});

test('a new connection that is asked for takes the next lines; what was sent is confirmed and not sent again', async (t) => {
  const { clock, receiver, send, settled, stop, reopen } = await start(t);
  send(3);
  await receiver.whenLines(3);
  reopen();
  await receiver.when(({ connections }) => connections.length === 2);
  t.is(clock.monotonic(), 0);
  send(2);
  await receiver.whenLines(5);
  await advanceUntil(clock, () => settled.length === 5);
  t.is(receiver.lines.length, 5);
  const { length } = receiver.connections;
  // Also while there is nothing to send, and once only.
  reopen();
  await receiver.when(({ connections }) => connections.length === length + 1);
  await clock.advance(60_000);
  t.is(receiver.connections.length, length + 1);
  t.not(receiver.connections[length - 1]?.closedMs, undefined);
  await stop();
});

test('a full outbox rotates at once', async (t) => {
  const { clock, receiver, send, stop } = await start(t, { maxLines: 5 });
  send(5);
  await receiver.when(({ connections }) => connections.length === 2);
  t.is(clock.monotonic(), 0);
  await stop();
});

test('a flush rotates at once, and stops asking when it is over', async (t) => {
  const { clock, outbox, receiver, send, stop } = await start(t);
  send(1);
  await receiver.whenLines(1);
  t.is(receiver.connections.length, 1);
  const over = new AbortController();
  const flushed = outbox.whenConfirmed(over.signal);
  await receiver.when(({ connections }) => connections.length === 2);
  t.is(clock.monotonic(), 0);
  over.abort();
  t.false(await flushed);
  await stop();
});

const failures: readonly (readonly [name: string, behaviour: ReceiverBehaviour, error?: object])[] = [
  ['resets in the middle of a line', { type: 'resets', afterBytes: 25 }],
  ['closes early', { type: 'closes-early', afterBytes: 25 }, { instanceOf: NotConfirmedError }],
  ['never closes', { type: 'never-closes' }, { instanceOf: NotConfirmedError }],
  ['sends bytes', { type: 'speaks', text: '?' }, { instanceOf: NotConfirmedError }],
  ['stalls', { type: 'stalls' }, { instanceOf: NotConfirmedError }],
];

for (const [name, behaviour, error] of failures) {
  test(`a receiver that ${name} confirms nothing and fails the session`, async (t) => {
    const { clock, outbox, send, settled, session, stop } = await start(t, {}, behaviour);
    let isOver = false;
    const failed = t.throwsAsync(session, error).finally(() => {
      isOver = true;
    });
    send(5);
    await advanceUntil(clock, () => isOver);
    await failed;
    t.deepEqual(settled, []);
    t.is(outbox.putBack().lines, 5);
    await stop();
  });
}

test('a receiver that is killed within the hold confirms nothing', async (t) => {
  const { clock, outbox, receiver, send, settled, session } = await start(t);
  send(3);
  await advanceUntil(clock, () => receiver.connections[0]?.closedMs !== undefined);
  await Promise.all([t.throwsAsync(session), receiver.kill()]);
  t.deepEqual(settled, []);
  t.is(outbox.putBack().lines, 3);
});

test('a receiver that closes the idle connection within the hold confirms nothing', async (t) => {
  const { clock, outbox, receiver, send, settled, session } = await start(t);
  send(3);
  await advanceUntil(clock, () => receiver.connections[0]?.closedMs !== undefined);
  receiver.endAll();
  await t.throwsAsync(session, { instanceOf: NotConfirmedError });
  t.deepEqual(settled, []);
  t.is(outbox.putBack().lines, 3);
});

test('a receiver that closes an unused connection ends the session without a fault', async (t) => {
  const { receiver, session } = await start(t);
  receiver.endAll();
  await t.notThrowsAsync(session);
});

test('no more is out than the window lets, which is one delivery at least; the rest follows once that is confirmed', async (t) => {
  const window = new SendWindow();
  for (let count = 0; count < 3; count++) window.failed();
  const { clock, receiver, send, settled, stop } = await start(t, {
    window,
    onProgress: (bytes) => window.confirmed(bytes),
  });
  send(50);
  await advanceUntil(clock, () => receiver.connections[0]?.closedMs !== undefined);
  t.is(receiver.lines.length, 1);
  await advanceUntil(clock, () => settled.length === 50);
  t.is(receiver.lines.length, 50);
  await stop();
});

test('an end that comes after a failure confirms nothing', async (t) => {
  const channels: ScriptedChannel[] = [];
  const open = async () => {
    const channel = new ScriptedChannel();
    channels.push(channel);
    return channel;
  };
  const { clock, outbox, send, settled, session } = run({ open, limits: { ...limits, confirmHoldMs: 0 } });
  send(1);
  await advanceUntil(clock, () => channels[0]?.isEnding === true);
  channels[1]?.fail(new Error('Reset'));
  await t.throwsAsync(session, { message: 'Reset' });
  outbox.putBack();
  outbox.take(1000);
  channels[0]?.finish();
  await turn();
  t.deepEqual(settled, []);
  t.is(outbox.size.lines, 1);
});

test('a failure does not wait for a connection that is being opened', async (t) => {
  const channels: ScriptedChannel[] = [];
  const open = (signal: AbortSignal) =>
    new Promise<Channel>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('Aborted')));
      if (channels.length > 0) return;
      channels.push(new ScriptedChannel());
      resolve(channels[0] as Channel);
    });
  const { clock, send, session } = run({ open });
  send(1);
  await clock.advance(limits.rotateMs);
  channels[0]?.fail(new Error('Reset'));
  await t.throwsAsync(session, { message: 'Reset' });
});

test('an end that was asked for within the hold proves nothing, although it is seen long after it', async (t) => {
  const channels: ScriptedChannel[] = [];
  const open = async () => {
    channels.push(new ScriptedChannel());
    return channels.at(-1) as Channel;
  };
  const { clock, send, settled, stop } = run({ open, limits: { ...limits, rotateMs: 100 } });
  send(1);
  await clock.advance(400);
  channels[0]?.finish();
  await clock.settle();
  send(1);
  await clock.advance(400);
  t.true(channels[1]?.isEnding);
  await clock.advance(5000);
  channels[1]?.finish();
  await clock.settle();
  t.deepEqual(settled, []);
  await clock.advance(500);
  channels[2]?.finish();
  await clock.settle();
  t.deepEqual(settled, ['0 delivered', '1 delivered']);
  await stop();
});

test('a connection that failed as soon as it was open fails the session', async (t) => {
  const channel = new ScriptedChannel();
  channel.fail(new Error('Reset'));
  const { clock, send, session } = run({ open: async () => channel });
  send(1);
  await t.throwsAsync(session, { message: 'Reset' });
  t.is(clock.sleeping, 0);
});

test('a connection that cannot be opened fails the session', async (t) => {
  const { session } = run({ open: () => Promise.reject(new Error('Refused')) });
  await t.throwsAsync(session, { message: 'Refused' });
});

test('every connection is let go at a stop, whatever it is doing', async (t) => {
  const { clock, receiver, send, stop } = await start(t);
  send(100);
  await receiver.whenLines(100);
  t.true(receiver.connections.length >= 2);
  await stop();
  await receiver.when(({ connections }) => connections.every(({ closedMs }) => closedMs !== undefined));
  t.is(clock.sleeping, 0);
});

test('many turns that close leave nothing on the signal of the session', async (t) => {
  const { clock, send, settled, signal, stop } = await start(t);
  for (let i = 0; i < 20; i++) {
    send(1);
    await clock.advance(20);
  }
  await advanceUntil(clock, () => settled.length === 20);
  t.is(getEventListeners(signal, 'abort').length, 1);
  await stop();
  t.is(getEventListeners(signal, 'abort').length, 0);
});

/** Moves the clock in small steps, with time for the sockets between them. */
async function advanceUntil(clock: HandClock, isDone: () => boolean): Promise<void> {
  for (let steps = 0; !isDone(); steps++) {
    if (steps > 2000) throw new Error('What was waited for did not come');
    await clock.advance(10);
  }
}

type RunOptions = Partial<ClosedSessionOptions> & Pick<ClosedSessionOptions, 'open'> & { readonly maxLines?: number };

function run({ maxLines = 1000, clock: given, ...options }: RunOptions) {
  const clock = (given as HandClock | undefined) ?? new HandClock();
  const outbox = new Outbox({ maxBytes: 1_000_000, maxLines }, () => 0);
  const over = new AbortController();
  const settled: string[] = [];
  let sent = 0;
  const send = (count: number) => {
    for (let left = count; left > 0; left--) {
      const name = sent++;
      const payload = `line ${String(name).padStart(14, '0')}\n`;
      outbox.add({ payload, bytes: 20, lines: 1, settle: (outcome) => settled.push(`${name} ${outcome}`) });
    }
  };
  const running = new ClosedSession({
    outbox,
    clock,
    limits,
    window: new SendWindow(),
    onOpen: () => {},
    onProgress: () => {},
    signal: over.signal,
    ...options,
  });
  const session = running.run();
  // Whoever expects a failure looks at it later.
  session.catch(() => {});
  const stop = async () => {
    over.abort();
    await session.catch(() => {});
  };
  return { clock, outbox, send, settled, session, signal: over.signal, stop, reopen: () => running.reopen() };
}

async function start(
  t: ExecutionContext,
  options: Partial<RunOptions> = {},
  behaviour?: ReceiverBehaviour,
): Promise<ReturnType<typeof run> & { readonly receiver: Receiver }> {
  const receiver = await startReceiver(behaviour);
  const clock = new HandClock();
  const open: OpenChannel = (signal) =>
    openTcpChannel(receiver, { clock, connectTimeoutMs: 60_000, confirmTimeoutMs: 5000 }, signal);
  const running = run({ open, clock, ...options });
  t.teardown(async () => {
    await running.stop();
    await receiver.close();
  });
  await receiver.when(({ connections }) => connections.length > 0);
  return { ...running, receiver };
}

/** A channel that does what a test says, when it says so. */
class ScriptedChannel implements Channel {
  readonly failure: Promise<Error>;
  isEnding = false;
  fail = (_error: Error) => {};
  finish = () => {};

  constructor() {
    this.failure = new Promise((resolve) => {
      this.fail = resolve;
    });
  }

  async write(): Promise<void> {}

  end(): Promise<void> {
    this.isEnding = true;
    return new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  destroy(): void {}
}
