/** Tests that the benchmark measures what it claims: its inputs, and that its baseline does the same work. */
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { decodeRecord } from '../../src/decode/decode-record.js';
import { parseFlowLog } from '../../src/flow-log/parse.js';
import { createFormats } from '../../src/pipeline/open-formats.js';
import { seed } from '../fixtures/random.js';
import { formatsOf, inputSpecs, makeInput } from './inputs.js';
import { plainTransform } from './plain-transform.js';
import { createProcessOptions, createProductTransform } from './product-transform.js';

const flows = 2000;

for (const spec of inputSpecs) {
  const { records } = makeInput(spec, seed, flows);

  test(`benchmark input ${spec.name}: every record decodes to the flow logs it claims, all of the format it claims`, (t) => {
    t.log(`FUZZ_SEED=${seed}`);
    const formats = createFormats([...formatsOf(spec)]);
    const fields = spec.traits.version === 5 ? 29 : 14;
    let decodedFlows = 0;
    for (const record of records.slice(0, 50)) {
      const { envelopes, rejected } = decodeRecord(record, createProcessOptions([]).caps);
      t.is(rejected.length, 0);
      for (const { events, logGroup, logStream } of envelopes) {
        const misfits = events.filter(({ message }) => {
          const parsed = parseFlowLog(message, formats.select(logGroup, logStream));
          return 'reason' in parsed || parsed.values.length !== fields;
        });
        t.deepEqual(misfits, []);
        t.true(events.every(({ id }) => /^\d{56}$/.test(id)));
        decodedFlows += events.length;
      }
    }
    t.is(decodedFlows, Math.min(50, records.length) * spec.flowsPerRecord);
  });

  if (spec.traits.version === 2) {
    test(`benchmark input ${spec.name}: the plain transform gives the bytes of the product`, async (t) => {
      t.log(`FUZZ_SEED=${seed}`);
      const transform = createProductTransform('snare', formatsOf(spec));
      const readMs = Date.UTC(2026, 0, 15, 12, 0, 0, 250);
      for (const record of records.slice(0, 50)) {
        t.is(plainTransform(record, readMs).toString(), Buffer.concat(await transform(record, readMs)).toString());
      }
    });
  }
}

test('benchmark inputs of 2,000 flow logs a record compress as real ones do, and the same seed makes the same', (t) => {
  const [spec] = inputSpecs;
  const { records } = makeInput(spec, seed, flows);
  const bytesPerFlow = records.reduce((sum, { length }) => sum + length, 0) / flows;
  t.true(bytesPerFlow > 25 && bytesPerFlow < 37, `${bytesPerFlow} bytes of gzip a flow`);
  t.true(gunzipSync(records[0] as Uint8Array).length / 2000 > 180);
  t.deepEqual(makeInput(spec, seed, flows).records, records);
});
