import { gzipSync } from 'node:zlib';
import test from 'ava';
import { decodeGzip, isGzip } from '../../src/decode/decode-gzip.js';

const text = 'a text that is compressed';
const plain = gzipSync(text);
const withFlags = (flags: number, ...header: readonly (string | number[])[]) =>
  Buffer.concat([
    plain.subarray(0, 3),
    Buffer.from([flags]),
    plain.subarray(4, 10),
    ...header.map((part) => Buffer.from(part as string)),
    plain.subarray(10),
  ]);

// RFC 1952, 2.3.1: the parts of a header that a flag announces.
const headers: readonly (readonly [name: string, data: Buffer])[] = [
  ['no optional part', plain],
  ['a text flag', withFlags(0x01)],
  ['extra fields', withFlags(0x04, [3, 0], 'abc')],
  ['a name', withFlags(0x08, 'file.json\0')],
  ['a comment', withFlags(0x10, 'no comment\0')],
  ['a checksum', withFlags(0x02, [0, 0])],
  ['all of them', withFlags(0x1f, [3, 0], 'a\0c', 'file.json\0', 'no comment\0', [0, 0])],
];

for (const [name, data] of headers) {
  test(`a header with ${name} is read`, (t) => {
    const { bytes, fault } = decodeGzip(data, 1000);
    t.is(Buffer.from(bytes).toString(), text);
    t.is(fault, undefined);
  });

  test(`a header with ${name} may be cut short at any byte`, (t) => {
    for (let length = 2; length < data.length; length += 1) {
      const { bytes, fault } = decodeGzip(Buffer.concat([plain, data.subarray(0, length)]), 1000);
      t.is(Buffer.from(bytes).toString(), text);
      t.like(fault, { reason: 'bad-gzip', offset: plain.length });
    }
  });
}

test('gzip is known by its first two bytes', (t) => {
  t.true(isGzip(plain));
  t.false(isGzip(Buffer.from([0x1f])));
  t.false(isGzip(Buffer.from('{"messageType":"DATA_MESSAGE"}')));
});

test('members larger than a chunk of zlib come out whole', (t) => {
  const large = Buffer.alloc(300_000, 'abcdefghij');
  const { bytes } = decodeGzip(Buffer.concat([gzipSync(large), gzipSync(large)]), 600_000);
  t.true(Buffer.concat([large, large]).equals(bytes));
});

test('a trailer that announces a large text sets no more aside than its bytes could fill', (t) => {
  const lie = Buffer.concat([plain.subarray(0, -4), Buffer.from([0, 0, 0, 0x7f])]);
  const before = process.memoryUsage().arrayBuffers;
  t.like(decodeGzip(lie, 64 * 1024 * 1024).fault, { reason: 'bad-gzip', offset: 0 });
  t.true(process.memoryUsage().arrayBuffers - before < 1024 * 1024);
});
