import { PassThrough } from 'node:stream';
import test from 'ava';
import { Daemon, type DaemonCall } from '../../../../plugin/commands/kcl/daemon.js';

function setUp() {
  const input = new PassThrough();
  const written: object[] = [];
  const daemon = new Daemon(input, (text) => written.push(JSON.parse(text)));
  const say = (...messages: object[]) => {
    for (const message of messages) input.write(`${JSON.stringify(message)}\n`);
  };
  return { input, written, daemon, say };
}

test('calls come in order, also in pieces and with blank lines between, until the input ends', async (t) => {
  const { input, written, daemon } = setUp();
  const seen: DaemonCall[] = [];
  const reading = (async () => {
    for await (const call of daemon.calls()) {
      seen.push(call);
      daemon.status(call);
    }
  })();
  const text = '{"action":"initialize","shardId":"s"}\n\n{"action":"processRecords","records":[]}\r\n';
  for (const character of text) input.write(character);
  input.end();
  await reading;
  t.deepEqual(seen, [
    { action: 'initialize', shardId: 's' },
    { action: 'processRecords', records: [] },
  ]);
  t.deepEqual(written, [
    { action: 'status', responseFor: 'initialize' },
    { action: 'status', responseFor: 'processRecords' },
  ]);
});

test('a checkpoint resolves with the answer of the daemon, and with its end', async (t) => {
  const { input, written, daemon, say } = setUp();
  const stored = daemon.checkpoint({ sequenceNumber: '7', subSequenceNumber: 2 });
  say({ action: 'checkpoint', sequenceNumber: '7', subSequenceNumber: 2, error: null });
  t.is(await stored, undefined);
  const refused = daemon.checkpoint(null);
  say({ action: 'checkpoint', error: 'ThrottlingException' });
  t.is(await refused, 'ThrottlingException');
  const last = daemon.checkpoint({ sequenceNumber: '8' });
  input.end();
  t.is(await last, 'gone');
  t.is(await daemon.checkpoint(null), 'gone');
  t.deepEqual(written, [
    { action: 'checkpoint', sequenceNumber: '7', subSequenceNumber: 2 },
    { action: 'checkpoint', sequenceNumber: null, subSequenceNumber: null },
    { action: 'checkpoint', sequenceNumber: '8', subSequenceNumber: null },
  ]);
});

for (const { what, line } of [
  { what: 'no JSON', line: 'GET / HTTP/1.1' },
  { what: 'JSON but no object', line: 'null' },
  { what: 'an action that nobody knows', line: '{"action":"unknown"}' },
]) {
  test(`a message that is ${what} is an error that says what was expected`, async (t) => {
    const { input, daemon } = setUp();
    input.write(`${line}\n`);
    await t.throwsAsync(daemon.calls().next(), {
      name: 'CommandError',
      message: /^Expected a message of KCL's MultiLangDaemon on standard input, got /,
    });
  });
}
