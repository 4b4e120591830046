import test from 'ava';
import { LineBuffers } from '../../src/fast-path/line-buffers.js';

const text = (length: number) => Buffer.alloc(length, 'a line\n');

test('a block is used again once all that was in it is over, and not before', (t) => {
  const buffers = new LineBuffers({ blockBytes: 64, maxFree: 2 });
  const [one, two] = [buffers.add(text(30), 1), buffers.add(text(30), 1)];
  t.is(one.bytes.buffer, two.bytes.buffer);
  t.not(buffers.add(text(30), 1).bytes.buffer, one.bytes.buffer);
  one.free();
  t.not(buffers.add(text(64), 1).bytes.buffer, one.bytes.buffer);
  two.free();
  t.is(buffers.add(text(64), 1).bytes.buffer, one.bytes.buffer);
});

test('lines stay as they are while others come', (t) => {
  const buffers = new LineBuffers({ blockBytes: 64, maxFree: 2 });
  const parts = [10, 54, 64, 1].map((length) => buffers.add(text(length), length));
  t.deepEqual(
    parts.map(({ bytes, lines }) => [Buffer.from(bytes), lines]),
    [10, 54, 64, 1].map((length) => [text(length), length]),
  );
});

test('no more blocks are kept than allowed', (t) => {
  const buffers = new LineBuffers({ blockBytes: 64, maxFree: 1 });
  const parts = Array.from({ length: 3 }, () => buffers.add(text(64), 1));
  buffers.add(text(64), 1);
  for (const part of parts) part.free();
  const known = parts.map(({ bytes }) => bytes.buffer);
  const again = [buffers.add(text(64), 1), buffers.add(text(64), 1)];
  t.is(again.filter(({ bytes }) => known.includes(bytes.buffer)).length, 1);
});
