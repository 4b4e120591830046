import { gzipSync } from 'node:zlib';
import test from 'ava';
import { decodeRecord } from '../../src/decode/decode-record.js';
import { payload, probe } from '../fixtures/payloads.js';
import { createRandom, seed } from '../fixtures/random.js';

const caps = { maxRecordBytes: 4096, maxEventsPerRecord: 20 };
const random = createRandom(seed);
const below = (limit: number) => Math.floor(random() * limit);
const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;

const pieces: readonly (() => Buffer)[] = [
  () => Buffer.from(JSON.stringify(payload)),
  () => gzipSync(JSON.stringify(payload)),
  () => Buffer.from(JSON.stringify(probe)),
  () => gzipSync(Buffer.alloc(below(8192), '{')),
  () => Buffer.from(Array.from({ length: below(40) }, () => below(256))),
  () => Buffer.from(pick(['{', '}', '"', '\\', '[', ']', '{}', '\ufeff', ' ', '\n', 'null', '{"logEvents":[null]}'])),
  () => Buffer.alloc(below(10)),
  () => Buffer.from([0x1f, 0x8b, 8, below(256)]),
];

function mutate(data: Buffer): Buffer {
  const copy = Buffer.from(data);
  for (let count = below(4); count > 0 && copy.length > 0; count -= 1) copy[below(copy.length)] = below(256);
  return copy.subarray(0, random() < 0.3 ? below(copy.length + 1) : undefined);
}

test('any bytes decode to a value: nothing throws, and a record without use is rejected', (t) => {
  for (let run = 0; run < 3000; run += 1) {
    const parts = Array.from({ length: below(5) }, () => pick(pieces)());
    const data = random() < 0.5 ? mutate(Buffer.concat(parts)) : Buffer.concat(parts);
    const given = `FUZZ_SEED=${seed} run ${run}: ${data.toString('base64')}`;
    try {
      const { envelopes, controlMessages, rejected } = decodeRecord(data, caps);
      t.true(envelopes.length + controlMessages + rejected.length > 0, given);
      t.true(
        rejected.every((part) => part.data.length <= Math.max(data.length, caps.maxRecordBytes)),
        given,
      );
    } catch (error) {
      t.fail(`${given} threw ${error}`);
    }
  }
});
