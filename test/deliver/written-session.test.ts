import { getEventListeners } from 'node:events';
import test from 'ava';
import type { Channel } from '../../src/deliver/channel.js';
import { Outbox } from '../../src/deliver/outbox.js';
import { WrittenSession } from '../../src/deliver/written-session.js';
import { HandClock } from '../fakes/hand-clock.js';

test('lines are confirmed as soon as they are written, in their order', async (t) => {
  const { channel, send, settled, stop } = start();
  send(3);
  await turn();
  t.deepEqual(settled, []);
  channel.finishWrite();
  await turn();
  t.deepEqual(settled, ['0 delivered', '1 delivered', '2 delivered']);
  await stop();
  t.true(channel.isDestroyed);
});

test('lines that come during a write go out with the next one', async (t) => {
  const { channel, send, stop } = start();
  send(1);
  await turn();
  send(2);
  await turn();
  t.deepEqual(channel.written, ['0\n']);
  channel.finishWrite();
  await turn();
  t.deepEqual(channel.written, ['0\n', '1\n2\n']);
  await stop();
});

test('a write that fails confirms nothing and fails the session', async (t) => {
  const { channel, outbox, send, settled, session } = start();
  send(2);
  await turn();
  channel.failWrite(new Error('No space'));
  await t.throwsAsync(session, { message: 'No space' });
  t.deepEqual(settled, []);
  t.is(outbox.putBack().lines, 2);
  t.true(channel.isDestroyed);
});

test('a write to a channel that the other side has given up confirms nothing', async (t) => {
  const { channel, send, settled, session } = start();
  send(1);
  await turn();
  channel.fail(new Error('Closed'));
  channel.finishWrite();
  await t.throwsAsync(session, { message: 'Closed' });
  t.deepEqual(settled, []);
});

test('the first write of a channel that is watched counts once nothing came back for a while, later ones at once', async (t) => {
  const clock = new HandClock();
  const { channel, send, settled, stop } = start({ clock, watchMs: 1000 });
  send(1);
  await turn();
  channel.finishWrite();
  await clock.advance(999);
  t.deepEqual(settled, []);
  await clock.advance(1);
  t.deepEqual(settled, ['0 delivered']);
  send(1);
  await turn();
  channel.finishWrite();
  await turn();
  t.deepEqual(settled, ['0 delivered', '1 delivered']);
  await stop();
});

test('an answer to the first write, or a stop before it can come, confirms nothing', async (t) => {
  const answered = start({ watchMs: 1000 });
  answered.send(1);
  await turn();
  answered.channel.finishWrite();
  await turn();
  answered.channel.fail(new Error('It answered'));
  await t.throwsAsync(answered.session, { message: 'It answered' });
  t.deepEqual(answered.settled, []);
  const stopped = start({ watchMs: 1000 });
  stopped.send(1);
  await turn();
  stopped.channel.finishWrite();
  await turn();
  await stopped.stop();
  t.deepEqual(stopped.settled, []);
});

test('a channel that closes while there is nothing to send ends the session without a fault', async (t) => {
  const { channel, send, settled, session } = start();
  send(1);
  await turn();
  channel.finishWrite();
  await turn();
  channel.fail(new Error('Closed'));
  await t.notThrowsAsync(session);
  t.is(settled.length, 1);
});

test('a stop in the middle of a write lets the channel go and confirms nothing', async (t) => {
  const { channel, send, settled, stop } = start();
  send(1);
  await turn();
  await stop();
  t.true(channel.isDestroyed);
  t.deepEqual(settled, []);
});

test('a new channel follows the write under way, which is confirmed and not sent again', async (t) => {
  const { channel, channels, send, settled, signal, stop, reopen } = start();
  send(1);
  await turn();
  reopen();
  send(1);
  await turn();
  t.false(channel.isDestroyed);
  channel.finishWrite();
  await turn();
  t.deepEqual(settled, ['0 delivered']);
  t.true(channel.isDestroyed);
  t.deepEqual(
    channels.map(({ written }) => written),
    [['0\n'], ['1\n']],
  );
  channels[1]?.finishWrite();
  await turn();
  // Idle, it is replaced at once.
  reopen();
  await turn();
  t.is(channels.length, 3);
  t.is(getEventListeners(signal, 'abort').length, 1);
  await stop();
});

test('many turns that write leave nothing on the signal of the session', async (t) => {
  const { channel, send, settled, signal, stop } = start();
  for (let i = 0; i < 20; i++) {
    send(1);
    await turn();
    channel.finishWrite();
    await turn();
  }
  t.is(settled.length, 20);
  t.is(getEventListeners(signal, 'abort').length, 1);
  await stop();
  t.is(getEventListeners(signal, 'abort').length, 0);
});

function start({ clock = new HandClock(), watchMs = 0 } = {}) {
  const outbox = new Outbox({ maxBytes: 1000, maxLines: 1000 }, () => 0);
  const over = new AbortController();
  const channel = new ScriptedChannel();
  const settled: string[] = [];
  let sent = 0;
  const send = (count: number) => {
    for (let left = count; left > 0; left--) {
      const name = sent++;
      outbox.add({
        payload: `${name}\n`,
        bytes: 2,
        lines: 1,
        settle: (outcome) => settled.push(`${name} ${outcome}`),
      });
    }
  };
  const channels: ScriptedChannel[] = [];
  const running = new WrittenSession({
    outbox,
    open: async () => {
      channels.push(channels.length === 0 ? channel : new ScriptedChannel());
      return channels.at(-1) as ScriptedChannel;
    },
    onOpen: () => {},
    onProgress: () => {},
    signal: over.signal,
    clock,
    watchMs,
  });
  const session = running.run();
  // Whoever expects a failure looks at it later.
  session.catch(() => {});
  const stop = async () => {
    over.abort();
    await session.catch(() => {});
  };
  return {
    channel,
    channels,
    outbox,
    send,
    settled,
    session,
    signal: over.signal,
    stop,
    reopen: () => running.reopen(),
  };
}

/** A channel whose writes end when a test says so; a `destroy` fails the one under way. */
class ScriptedChannel implements Channel {
  readonly written: string[] = [];
  readonly failure: Promise<Error>;
  isDestroyed = false;
  fail = (_error: Error) => {};
  finishWrite = () => {};
  failWrite = (_error: Error) => {};

  constructor() {
    this.failure = new Promise((resolve) => {
      this.fail = resolve;
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    this.written.push(new TextDecoder().decode(bytes));
    return new Promise((resolve, reject) => {
      this.finishWrite = resolve;
      this.failWrite = reject;
    });
  }

  async end(): Promise<void> {}

  destroy(): void {
    this.isDestroyed = true;
    this.failWrite(new Error('The channel is gone'));
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
