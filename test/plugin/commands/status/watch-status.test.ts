/** The status on a whole screen. */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { watchStatus } from '../../../../plugin/commands/status/watch-status.js';
import { exampleSnapshot } from '../../../report/example-snapshot.js';

class Terminal extends EventEmitter {
  columns = 80;
  rows = 24;
  text = '';
  write(text: string): boolean {
    this.text += text;
    this.emit('written');
    return true;
  }
}

function setUp(ask = async () => exampleSnapshot()) {
  const output = new Terminal();
  const raw: boolean[] = [];
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(isRaw: boolean) {
      raw.push(isRaw);
    },
  });
  const ended = watchStatus({ ask, input: input as never, output: output as never, isColored: false });
  return { output, input, raw, ended };
}

const until = (output: Terminal, pattern: RegExp) =>
  new Promise<void>((resolve) => {
    const look = () => pattern.test(output.text) && resolve();
    output.on('written', look);
    look();
  });

for (const [name, key] of [
  ['q', 'q'],
  ['Ctrl-C', '\u0003'],
] as const) {
  test(`the screen is taken, and given back at ${name}`, async (t) => {
    const { output, input, raw, ended } = setUp();
    await until(output, /vpc-flow-logs/);
    t.true(output.text.startsWith('\u001b[?1049h\u001b[?25l'));
    // 24 lines, of which the last has no line feed that would scroll the screen.
    const [, screen = ''] = output.text.split('\u001b[1;1H');
    t.is(screen.split('\r\n').length, 24);
    input.write(key);
    await ended;
    t.true(output.text.endsWith('\u001b[?25h\u001b[?1049l'));
    t.deepEqual(raw, [true, false]);
    t.is(output.listenerCount('resize'), 0);
  });
}

test('a smaller window shows fewer lines at once', async (t) => {
  const { output, input, ended } = setUp();
  await until(output, /vpc-flow-logs/);
  output.text = '';
  Object.assign(output, { rows: 10, columns: 40 });
  output.emit('resize');
  const [, screen = ''] = output.text.split('\u001b[1;1H');
  t.is(screen.split('\r\n').length, 10);
  input.write('q');
  await ended;
});

test('a process that gives no answer is reported above its last one, and q does not wait for it', async (t) => {
  let asked = 0;
  const long = `The process gave no status: ${'a word '.repeat(20)}end`;
  const { output, input, ended } = setUp(async () => {
    asked++;
    if (asked === 1) return exampleSnapshot();
    if (asked === 2) throw new Error(long);
    return new Promise(() => {});
  });
  await until(output, /The last answer, of \d\d:\d\d:\d\d UTC:/);
  const screen = output.text.split('\u001b[1;1H').at(-1) ?? '';
  const lines = screen.split('\r\n').map((line) => line.replaceAll('\u001b[K', ''));
  t.is(lines.length, 24);
  t.true(lines.every((line) => line.length <= 80));
  t.regex(lines.join(' '), /The process gave no status: .* end +The last answer, .*vpc-flow-logs/);
  while (asked < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  input.write('q');
  await ended;
});

test('a process that ends is reported, and shown again when it is back', async (t) => {
  let isAway = true;
  const { output, input, ended } = setUp(async () => {
    if (isAway) throw new Error('No process uses it');
    return exampleSnapshot();
  });
  await until(output, /No process uses it/);
  isAway = false;
  await until(output, /vpc-flow-logs/);
  input.write('q');
  await ended;
  t.regex(output.text, /running, ready/);
});
