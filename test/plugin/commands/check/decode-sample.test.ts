import { gzipSync } from 'node:zlib';
import test from 'ava';
import { decodeSample } from '../../../../plugin/commands/check/decode-sample.js';
import { event, payload } from '../../../fixtures/payloads.js';

const mib = 1024 * 1024;
const caps = { maxRecordBytes: 16 * mib, maxEventsPerRecord: 100_000 };
const toRecord = (value: object) => ({ data: gzipSync(JSON.stringify(value)) });

test('of a sample no more is kept than a person can look at, and at least one row of each log group', async (t) => {
  const records = Array.from({ length: 320 }, (_, index) =>
    toRecord({ ...payload, logGroup: `/${index}`, logEvents: Array(200).fill(event) }),
  );
  const decoded = await decodeSample(records, caps);
  t.is(decoded.length, 320);
  t.true(decoded.every(({ envelopes }) => envelopes[0]?.events.length === 100));
});

test('a sample of large messages and of parts that are rejected takes a bounded memory', async (t) => {
  const message = 'x'.repeat(3 * mib);
  const large = toRecord({ ...payload, logEvents: [{ ...event, message }] });
  const garbage = { data: gzipSync(`${JSON.stringify(payload)}{${'x'.repeat(8 * mib)}`) };
  const decoded = await decodeSample([...Array(10).fill(large), garbage], caps);
  const events = decoded.flatMap(({ envelopes }) => envelopes.flatMap((envelope) => envelope.events));
  t.is(events.filter((one) => one.message === message).length, 5);
  t.is(events.length, 6, 'a small message still has room');
  const [rejected] = decoded.at(-1)?.rejected ?? [];
  t.is(rejected?.reason, 'bad-json');
  t.is(rejected?.data.buffer.byteLength, 0);
});

test('the event loop turns between the records of a sample', async (t) => {
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await decodeSample(Array(10).fill(toRecord(payload)), caps);
  isDone = true;
  t.true(turns >= 9, String(turns));
});
