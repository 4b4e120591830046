import { gzipSync } from 'node:zlib';
import test from 'ava';
import { decodeGzip, isGzip, MAX_MEMBERS } from '../../src/decode/decode-gzip.js';

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

const around: readonly (readonly [name: string, blanks: string])[] = [
  ['a line feed', '\n'],
  ['CRLF', '\r\n'],
  ['blanks', ' \t '],
  ['a byte order mark', '\ufeff'],
  ['empty lines', '\n\n\r\n'],
];

for (const [name, blanks] of around) {
  test(`${name} before, between and behind gzip members is ignored`, (t) => {
    const blank = Buffer.from(blanks);
    const data = Buffer.concat([blank, plain, blank, plain, blank]);
    t.true(isGzip(data));
    const { bytes, fault } = decodeGzip(data, 1000);
    t.is(fault, undefined);
    t.is(Buffer.from(bytes).toString(), text + text);
    const padded = decodeGzip(Buffer.concat([data, Buffer.alloc(20), blank]), 1000);
    t.is(padded.fault, undefined);
    const garbage = decodeGzip(Buffer.concat([data, Buffer.from('garbage')]), 1000);
    t.like(garbage.fault, { reason: 'bad-gzip', offset: data.length });
  });
}

const mib = 1024 * 1024;
/** A member whose trailer, the last of the record, claims 16 MiB. */
const lie = Buffer.concat([plain.subarray(0, -4), Buffer.from([0, 0, 0, 1])]);

/** Bytes that zlib asks for. */
function countAllocated(run: () => void): { readonly bytes: number; readonly times: number } {
  const { allocUnsafe } = Buffer;
  let [bytes, times] = [0, 0];
  Buffer.allocUnsafe = (size) => {
    bytes += size;
    times += 1;
    return allocUnsafe(size);
  };
  try {
    run();
  } finally {
    Buffer.allocUnsafe = allocUnsafe;
  }
  return { bytes, times };
}

test('a trailer that claims a large text is not believed beyond a multiple of what arrived', (t) => {
  const { bytes } = countAllocated(() => t.like(decodeGzip(lie, 16 * mib).fault, { reason: 'bad-gzip', offset: 0 }));
  t.true(bytes < 10_000, `${bytes} bytes`);
});

test('a trailer that claims less than what arrived does not make the text in thousands of pieces', (t) => {
  const large = gzipSync(Buffer.alloc(8 * mib));
  const { times } = countAllocated(() => decodeGzip(large.fill(0, large.length - 4), 16 * mib));
  t.true(times < 2000, `${times} pieces`);
});

test('a record of small gzip members takes no more memory than their number allows, whatever its last bytes claim', (t) => {
  const data = Buffer.concat([...Array<Buffer>(20_000).fill(plain), lie]);
  const { bytes } = countAllocated(() => decodeGzip(data, 16 * mib));
  t.true(bytes < 50 * mib, `${bytes} bytes`);
});

test('gzip members beyond the limit are a rejected part of their own', (t) => {
  const data = Buffer.concat(Array<Buffer>(MAX_MEMBERS + 2).fill(plain));
  const { bytes, fault } = decodeGzip(data, 16 * mib);
  t.is(bytes.length, MAX_MEMBERS * text.length);
  t.like(fault, { reason: 'too-many-members', offset: MAX_MEMBERS * plain.length });
});

test('texts share memory, whatever comes between them, and the members of one are joined', (t) => {
  const texts = Array.from({ length: 60 }, (_, index) => `${index} `.repeat(1 + ((index * 37) % 2000)));
  const damaged = gzipSync('a text that is damaged').fill(0xff, 12, 16);
  const large = gzipSync(Buffer.alloc(4 * mib));
  // It claims to be small.
  large.writeUInt32LE(100, large.length - 4);
  const memory = new Set<ArrayBufferLike>();
  for (const small of texts) {
    t.is(decodeGzip(damaged, 16 * mib).fault?.reason, 'bad-gzip');
    t.is(decodeGzip(large, 16 * mib).fault?.reason, 'bad-gzip');
    t.is(decodeGzip(large, 1000).fault?.reason, 'too-large');
    t.is(decodeGzip(gzipSync(small), 1).fault?.reason, 'too-large');
    for (const again of [small, `${small}.`]) {
      const { bytes } = decodeGzip(gzipSync(again), mib);
      t.is(Buffer.from(bytes).toString(), again);
      memory.add(bytes.buffer);
    }
  }
  t.is(memory.size, texts.length, 'only a fault takes other memory');
  const members = Buffer.concat(texts.map((small) => gzipSync(small)));
  t.is(Buffer.from(decodeGzip(members, 16 * mib).bytes).toString(), texts.join(''));
});
