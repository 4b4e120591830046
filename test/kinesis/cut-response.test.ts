import test from 'ava';
import { NotAwsResponseError } from '../../src/aws/response.js';
import { ResponseCutter } from '../../src/kinesis/cut-response.js';

/** In parts of so many bytes each. */
function cut(response: object | string, partBytes = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(typeof response === 'string' ? response : JSON.stringify(response));
  const cutter = new ResponseCutter(bytes.length);
  for (let at = 0; at < bytes.length; at += partBytes) cutter.push(bytes.subarray(at, at + partBytes));
  const { rest, data } = cutter.end();
  return { rest: Buffer.from(rest).toString(), data: data.map((record) => Buffer.from(record).toString()) };
}

const encode = (text: string) => Buffer.from(text).toString('base64');

test('the bytes of records are taken out, and all else stays as it is, however the response is parted', (t) => {
  const texts = ['', 'a', 'bc', 'def', 'ghij', 'k'.repeat(100)];
  const records = texts.map((text, index) => ({ Data: encode(text), PartitionKey: `key ${index}` }));
  const response = { MillisBehindLatest: 0, NextShardIterator: 'AAAA', Records: records };
  const rest = JSON.stringify({ ...response, Records: records.map((record) => ({ ...record, Data: '' })) });
  t.deepEqual(cut(response), { rest, data: texts });
  for (let partBytes = 1; partBytes < 40; partBytes++) t.deepEqual(cut(response, partBytes), { rest, data: texts });
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
    const response = Buffer.from(JSON.stringify({ Records: [record, record] }));
    const cutter = new ResponseCutter(response.length);
    cutter.push(response);
    const [first, second] = cutter.end().data;
    t.is(first?.buffer, second?.buffer);
    return first?.buffer.byteLength ?? 0;
  };
  t.is(memoryOf('a'), 2);
  const large = memoryOf('b'.repeat(10_000));
  t.true(large > 20_000 && large < 20_400, `${large} bytes`);
});

test('a response without records stays as it is', (t) => {
  const response = JSON.stringify({ MillisBehindLatest: 0, Records: [] });
  t.deepEqual(cut(response), { rest: response, data: [] });
});

test('a key of that name within a string is no key', (t) => {
  const response = { Records: [{ PartitionKey: `"Data":"${encode('no')}"`, Data: encode('yes') }] };
  t.deepEqual(cut(response).data, ['yes']);
});

for (const [name, data] of [
  ['a character that is none of base64', 'YW*j'],
  ['an escape', 'YW\\/jYWJj'],
  ['a length that is none of base64', 'YWJ'],
  ['padding in the middle', 'YQ==YQ=='],
  ['no end', undefined],
] as const) {
  test(`data with ${name} is an error`, (t) => {
    const response = data === undefined ? '{"Records":[{"Data":"YWJj' : `{"Records":[{"Data":"${data}"}]}`;
    t.throws(() => cut(response), { instanceOf: NotAwsResponseError });
  });
}
