import test from 'ava';
import { NotAwsResponseError } from '../../src/aws/response.js';
import { ReplyCutter } from '../../src/kinesis/reply-cutter.js';

/** In parts of so many bytes each. */
function cut(reply: object | string, partBytes = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(typeof reply === 'string' ? reply : JSON.stringify(reply));
  const cutter = new ReplyCutter(bytes.length);
  for (let at = 0; at < bytes.length; at += partBytes) cutter.push(bytes.subarray(at, at + partBytes));
  const { rest, data } = cutter.end();
  return { rest: Buffer.from(rest).toString(), data: data.map((record) => Buffer.from(record).toString()) };
}

const encode = (text: string) => Buffer.from(text).toString('base64');

test('the bytes of records are taken out, and all else stays as it is, however the reply is parted', (t) => {
  const texts = ['', 'a', 'bc', 'def', 'ghij', 'k'.repeat(100)];
  const records = texts.map((text, index) => ({ Data: encode(text), PartitionKey: `key ${index}` }));
  const reply = { MillisBehindLatest: 0, NextShardIterator: 'AAAA', Records: records };
  const rest = JSON.stringify({ ...reply, Records: records.map((record) => ({ ...record, Data: '' })) });
  t.deepEqual(cut(reply), { rest, data: texts });
  for (let partBytes = 1; partBytes < 40; partBytes++) t.deepEqual(cut(reply, partBytes), { rest, data: texts });
});

test('a record of many pieces comes whole', (t) => {
  const text = Array.from({ length: 50_000 }, (_, index) => index).join(' ');
  for (const partBytes of [1000, 65_536, Number.POSITIVE_INFINITY]) {
    t.true(cut({ Records: [{ Data: encode(text) }] }, partBytes).data[0] === text);
  }
});

test('small records hold no more memory than they have bytes, and large ones are not copied', (t) => {
  const memoryOf = (text: string) => {
    const record = { SequenceNumber: '49590338271490256608559692538361571095921575989136588898', Data: encode(text) };
    const reply = Buffer.from(JSON.stringify({ Records: [record, record] }));
    const cutter = new ReplyCutter(reply.length);
    cutter.push(reply);
    const [first, second] = cutter.end().data;
    t.is(first?.buffer, second?.buffer);
    return first?.buffer.byteLength ?? 0;
  };
  t.is(memoryOf('a'), 2);
  const large = memoryOf('b'.repeat(10_000));
  t.true(large > 20_000 && large < 20_400, `${large} bytes`);
});

test('a reply without records stays as it is', (t) => {
  const reply = JSON.stringify({ MillisBehindLatest: 0, Records: [] });
  t.deepEqual(cut(reply), { rest: reply, data: [] });
});

test('a key of that name within a string is no key', (t) => {
  const reply = { Records: [{ PartitionKey: `"Data":"${encode('no')}"`, Data: encode('yes') }] };
  t.deepEqual(cut(reply).data, ['yes']);
});

for (const [name, data] of [
  ['a character that is none of base64', 'YW*j'],
  ['an escape', 'YW\\/jYWJj'],
  ['a length that is none of base64', 'YWJ'],
  ['padding in the middle', 'YQ==YQ=='],
  ['no end', undefined],
] as const) {
  test(`data with ${name} is an error`, (t) => {
    const reply = data === undefined ? '{"Records":[{"Data":"YWJj' : `{"Records":[{"Data":"${data}"}]}`;
    t.throws(() => cut(reply), { instanceOf: NotAwsResponseError });
  });
}
