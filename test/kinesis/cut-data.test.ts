import test from 'ava';
import { cutData } from '../../src/kinesis/cut-data.js';

function cut(reply: object | string) {
  const result = cutData(Buffer.from(typeof reply === 'string' ? reply : JSON.stringify(reply)));
  return (
    result && {
      rest: Buffer.from(result.rest).toString(),
      data: result.data.map((bytes) => Buffer.from(bytes).toString()),
    }
  );
}

const encode = (text: string) => Buffer.from(text).toString('base64');

test('the bytes of records are taken out, and all else stays as it is', (t) => {
  const records = ['', 'a', 'bc', 'def', 'ghij'].map((text, index) => ({
    Data: encode(text),
    PartitionKey: `key ${index}`,
  }));
  const reply = { MillisBehindLatest: 0, NextShardIterator: 'AAAA', Records: records };
  t.deepEqual(cut(reply), {
    rest: JSON.stringify({ ...reply, Records: records.map((record) => ({ ...record, Data: '' })) }),
    data: ['', 'a', 'bc', 'def', 'ghij'],
  });
});

test('a reply without records stays as it is', (t) => {
  const reply = JSON.stringify({ MillisBehindLatest: 0, Records: [] });
  t.deepEqual(cut(reply), { rest: reply, data: [] });
});

test('a key of that name within a string is no key', (t) => {
  const reply = { Records: [{ PartitionKey: `"Data":"${encode('no')}"`, Data: encode('yes') }] };
  t.deepEqual(cut(reply)?.data, ['yes']);
});

for (const [name, data] of [
  ['a character that is none of base64', 'YW*j'],
  ['an escape', 'YW\\/j'],
  ['a length that is none of base64', 'YWJ'],
  ['padding in the middle', 'YQ==YQ=='],
  ['no end', undefined],
] as const) {
  test(`data with ${name} is left to the SDK`, (t) => {
    t.is(cut(data === undefined ? '{"Records":[{"Data":"YWJj' : `{"Records":[{"Data":"${data}"}]}`), undefined);
  });
}
