/** Tests that the benchmark measures what it claims: its inputs, and that its baseline does the same work. */
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { decodeRecord } from '../../src/decode/decode-record.js';
import { parseFlowLog } from '../../src/flow-log/parse.js';
import { createFormats } from '../../src/pipeline/open-formats.js';
import { seed } from '../fixtures/random.js';
import { formatsOf, type InputSpec, inputSpecs, makeInput, specOf } from './inputs.js';
import { escapedMessages, foreignMessages } from './odd-lines.js';
import { plainTransform } from './plain-transform.js';
import { createProcessOptions, createProductTransform } from './product-transform.js';

const flows = 2000;
const otherMessages: ReadonlySet<string> = new Set([...foreignMessages, ...escapedMessages]);

for (const spec of inputSpecs.map(({ name }) => specOf(name))) {
  const { records } = makeInput(spec, seed, flows);

  test(`benchmark input ${spec.name}: every record decodes to the events it claims, all of the format it claims but those of no format`, (t) => {
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
          return otherMessages.has(message)
            ? !('reason' in parsed)
            : 'reason' in parsed || parsed.values.length !== fields;
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

/** The texts of the events of each record, as in the JSON of the record. */
function eventTexts(spec: InputSpec, count = 4 * flows): readonly (readonly string[])[] {
  return makeInput(spec, seed, count).records.map(
    (record) => gunzipSync(record).toString().split('[{"id":')[1]?.split('},{"id":') ?? [],
  );
}

for (const [name, mark] of [
  ['v2-skipdata', / - (\d+) (\d+) - SKIPDATA"/],
  ['v2-escape', /\\/],
] as const) {
  test(`benchmark input ${name}: one event of each record is odd`, (t) => {
    t.log(`FUZZ_SEED=${seed}`);
    for (const events of eventTexts(specOf(name))) t.is(events.filter((event) => mark.test(event)).length, 1);
  });
}

test('benchmark input v2-extracted: every event has its fields a second time, as strings', (t) => {
  t.log(`FUZZ_SEED=${seed}`);
  for (const events of eventTexts(specOf('v2-extracted'))) {
    for (const event of events) {
      const [, start] = /"message":"(?:\S+ ){10}(\d+) /.exec(event) ?? [];
      t.regex(event, new RegExp(`"extractedFields":\\{"srcaddr":"[^"]+",.*"start":"${start}",.*"end":"\\d+"\\}`));
    }
  }
});

test('benchmark input v2-mixed: each kind of odd line has its share', (t) => {
  t.log(`FUZZ_SEED=${seed}`);
  // So many that chance alone does not move the rarest kind by a third.
  const events = eventTexts(specOf('v2-mixed'), 20 * flows).flat();
  const percentOf = (isOdd: (event: string) => boolean) => (100 * events.filter(isOdd).length) / events.length;
  const shares = {
    'no data': [percentOf((event) => /(NO|SKIP)DATA"/.test(event)), 4],
    milliseconds: [percentOf((event) => / \d{13} \d{13} /.test(event)), 3],
    'double blanks': [percentOf((event) => event.includes('  ')), 2],
    foreign: [percentOf((event) => foreignMessages.some((message) => event.includes(message))), 1],
    IPv6: [percentOf((event) => / [0-9a-f]+:/.test(event)), 19],
  } as const;
  for (const [kind, [percent, expected]] of Object.entries(shares)) {
    t.true(percent > 0.7 * expected && percent < 1.3 * expected, `${percent} % ${kind}`);
  }
});

test('benchmark inputs of 2,000 flow logs a record compress as real ones do, and the same seed makes the same', (t) => {
  const [spec] = inputSpecs;
  const { records } = makeInput(spec, seed, flows);
  const bytesPerFlow = records.reduce((sum, { length }) => sum + length, 0) / flows;
  t.true(bytesPerFlow > 25 && bytesPerFlow < 37, `${bytesPerFlow} bytes of gzip a flow`);
  t.true(gunzipSync(records[0] as Uint8Array).length / 2000 > 180);
  t.deepEqual(makeInput(spec, seed, flows).records, records);
});
