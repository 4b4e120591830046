/** Whatever the fast path takes, the general path would have given too: generated flow logs, and payloads gone wrong. */
import test from 'ava';
import fc from 'fast-check';
import type { LineFormat } from '../../src/line-format.js';
import { customFormat, customLine, defaultLines, documentedLine, transitGatewayLine } from '../fixtures/flow-logs.js';
import { seed } from '../fixtures/random.js';
import { createPaths } from './general-path.js';

/** `FUZZ_RUNS` makes a long run of it. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 1000);
const formats: readonly LineFormat[] = ['snare', 'snare-tab', 'raw', 'syslog', 'json'];
const paths = formats.map((format) => createPaths({ rules: [{ format: customFormat }], line: { format } }));

const digits = fc.stringMatching(/^[0-9]{1,12}$/);
const sane = fc.oneof(
  digits,
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom('-', 'ACCEPT', 'REJECT', 'OK', 'NODATA', '1668722921'),
);
const odd = fc.oneof(fc.constantFrom('SKIPDATA', 'version', 'ä', '\\', '"', ''), fc.string({ maxLength: 6 }));
const usually = <Value>(usual: fc.Arbitrary<Value>, other: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 40, arbitrary: usual }, { weight: 1, arbitrary: other });
const known = fc.constantFrom(...defaultLines, customLine, transitGatewayLine);
/** A flow log with some of its fields changed. */
const message = fc
  .tuple(
    known,
    usually(
      fc.constant<[number, string][]>([]),
      fc.array(fc.tuple(fc.nat(40), usually(sane, odd)), { minLength: 1, maxLength: 3 }),
    ),
    usually(fc.constant(' '), fc.constantFrom('  ', '    ', '\t')),
    usually(fc.constant(''), fc.constantFrom(' ', '\r\n', '\ufeff')),
  )
  .map(([line, changes, blank, around]) => {
    const fields = line.split(' ');
    for (const [at, text] of changes) fields[at % fields.length] = text;
    return around + fields.join(blank) + around;
  });
const flowTime = fc.oneof(
  fc.integer({ min: 1_000_000_000, max: 2 ** 31 }),
  fc.integer({ min: 1_000_000_000_000, max: 2_000_000_000_000 }),
);
/** Flow logs of which every field is another one of its type. */
const typed = fc
  .record({
    src: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('-')),
    number: fc.nat(),
    start: flowTime,
    end: flowTime,
    status: fc.constantFrom('OK', 'NODATA', 'SKIPDATA', '-'),
  })
  .map(
    ({ src, number, start, end, status }) =>
      `2 123456789012 eni-${number} ${src} 10.0.0.1 ${number} 443 6 - 1 ${start} ${end} - ${status}`,
  );
const time = usually<unknown>(
  fc.integer({ min: 1_000_000_000_000, max: 3_000_000_000_000 }),
  fc.oneof(fc.integer(), fc.nat(2_000_000_000), fc.double()),
);
const extracted = fc.dictionary(
  fc.string({ maxLength: 5 }),
  fc.oneof(digits, fc.string({ maxLength: 8 }), fc.constant(null)),
  {
    maxKeys: 3,
  },
);
/** An event as CloudWatch Logs writes it, and now and then with other keys or in another order. */
const logEvent = fc
  .record({
    id: usually(digits, fc.string({ maxLength: 60 })),
    timestamp: time,
    message: fc.oneof(
      message,
      typed,
      usually(fc.constant(documentedLine), fc.string({ unit: 'grapheme', maxLength: 20 })),
    ),
    extractedFields: fc.option(extracted, { nil: undefined }),
    order: usually(fc.constant(0), fc.nat(3)),
  })
  .map(({ order, ...event }) => {
    const { id, timestamp, message } = event;
    return [event, { message, timestamp, id }, { timestamp, message }, { ...event, more: [{ id }] }][order];
  });
const text = usually(
  fc.constantFrom('/aws/vpc', 'eni-0a', 'logEvents', '}]', ''),
  fc.oneof(fc.string({ maxLength: 12 }), fc.constant('"logEvents":[')),
);
const envelope = fc.record(
  {
    messageType: fc.constant('DATA_MESSAGE'),
    owner: text,
    logGroup: text,
    logStream: text,
    logEvents: fc.array(logEvent, { minLength: 1, maxLength: 4 }),
    more: text,
  },
  { requiredKeys: ['messageType', 'logEvents'] },
);

/** Nearly always one envelope without white space around it or in it. */
const record = usually(
  fc.tuple(fc.record({ payload: envelope, blank: fc.constant(''), indent: fc.constant(0) })),
  fc.array(
    fc.record({
      payload: envelope,
      blank: fc.constantFrom('', ' ', '\r\n', '\ufeff'),
      indent: usually(fc.constant(0), fc.constant(1)),
    }),
    { minLength: 1, maxLength: 3 },
  ),
);

test('generated payloads come out as the general path gives them, or are left to it', async (t) => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(record, fc.nat(formats.length - 1), async (payloads, index) => {
      const path = paths[index];
      const bytes = Buffer.from(
        payloads.map(({ payload, blank, indent }) => blank + JSON.stringify(payload, undefined, indent)).join(''),
      );
      const fast = await path?.fast(bytes);
      if (!fast) return;
      taken += 1;
      t.deepEqual(fast, await path?.general(bytes));
    }),
    { seed, numRuns },
  );
  // A fast path that takes nothing would pass the rest.
  t.true(taken > numRuns / 3, `${taken} of ${numRuns} were taken`);
});

test('payloads with bytes changed, cut out or put in come out as the general path gives them', async (t) => {
  const whole = Buffer.from(
    JSON.stringify({
      messageType: 'DATA_MESSAGE',
      owner: '123456789012',
      logGroup: '/aws/vpc/flow-logs',
      logStream: 'eni-0a1b2c3d4e5f60718-all',
      subscriptionFilters: ['to-snare'],
      logEvents: [...defaultLines.slice(0, 4), customLine].map((line, index) => ({
        id: `3685804700000000000000000000000000000000000000000000000${index}`,
        timestamp: 1668722921000 + index,
        message: line,
      })),
    }),
  );
  let taken = 0;
  const change = fc.record({
    at: fc.nat(whole.length - 1),
    cut: fc.nat(3),
    put: fc.oneof(
      fc.string({ maxLength: 3 }),
      fc.constantFrom('"', '\\', '}', ']', ',', '{', '0', '-', ' ', '\n', '\u007f', '/'),
    ),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 2 }),
      fc.nat(formats.length - 1),
      async (changes, index) => {
        let bytes = whole;
        for (const { at, cut, put } of changes) {
          bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + cut)]);
        }
        const path = paths[index];
        const fast = await path?.fast(bytes);
        if (!fast) return;
        taken += 1;
        t.deepEqual(fast, await path?.general(bytes));
      },
    ),
    { seed, numRuns },
  );
  t.true(taken > numRuns / 40, `${taken} of ${numRuns} were taken`);
});
