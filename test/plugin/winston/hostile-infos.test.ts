/** Whatever a host logs, its transport takes it: nothing throws, nothing is held up, and each is sent or counted as dropped. */
import test from 'ava';
import fc from 'fast-check';
import winston from 'winston';
import { SnareTransport } from '../../../plugin/winston/snare-transport.js';
import { makeFolder, startProgram } from '../../end-to-end/command.js';
import { startReceiver } from '../../fakes/receiver.js';
import { seed } from '../../fixtures/random.js';

const LEVEL = Symbol.for('level');
const RECORD = Symbol.for('kinesis-snare.record');
const fail = () => {
  throw new Error('hostile');
};
const always = { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail };
const toInfo = (properties: object) => ({ level: 'info', [LEVEL]: 'info', message: 'm', ...properties });
const withGetter = (target: object, name: PropertyKey) =>
  Object.defineProperty(target, name, { get: fail, enumerable: true });
const circular: Record<string, unknown> = {};
circular.self = [circular, new Map([[circular, circular]])];
const endless: object = { toJSON: () => ({ again: endless, more: endless }) };
let nested: unknown = 'core';
for (let depth = 0; depth < 100_000; depth += 1) nested = { nested };

const infos: Readonly<Record<string, () => unknown>> = {
  'an error whose message cannot be read': () => withGetter(Object.assign(new Error('x'), toInfo({})), 'message'),
  'an error whose stack cannot be read': () => toInfo({ message: withGetter(new Error('x'), 'stack') }),
  'a message of 90 MB of control characters': () => toInfo({ message: '\u0001'.repeat(90_000_000) }),
  'a property of 90 MB': () => toInfo({ detail: 'x'.repeat(90_000_000) }),
  'a level of 10 MB': () => toInfo({ level: '\u0001'.repeat(10_000_000) }),
  'a level that cannot be a key': () => ({ level: 'info', message: 'm', [LEVEL]: { [Symbol.toPrimitive]: fail } }),
  'a level that cannot be read': () => withGetter({ level: 'info', message: 'm' }, LEVEL),
  'a record that cannot be read': () => withGetter(toInfo({}), RECORD),
  'an exception that cannot be read': () => withGetter(toInfo({}), 'exception'),
  'a proxy that always throws': () => new Proxy({}, always),
  'a property that is a proxy that always throws': () => toInfo({ detail: new Proxy({}, always) }),
  'a message that cannot be a text': () => toInfo({ message: { [Symbol.toPrimitive]: fail, toString: fail } }),
  'a toJSON that throws': () => toInfo({ message: { toJSON: fail } }),
  'a toJSON that never ends': () => toInfo({ message: endless }),
  circles: () => toInfo({ message: circular, detail: circular }),
  'deep nesting': () => toInfo({ message: nested }),
  'a hundred thousand properties': () =>
    toInfo(Object.fromEntries(Array.from({ length: 1e5 }, (_, key) => [`k${key}`, key]))),
  'names of 1 MB': () => toInfo({ ['n'.repeat(1e6)]: { ['m'.repeat(1e6)]: 1 } }),
  'a hundred megabytes of bytes': () => toInfo({ detail: Buffer.alloc(1e8) }),
  'a BigInt without end': () => toInfo({ detail: 7n ** 200_000n }),
  'a symbol': () => toInfo({ message: Symbol('s'), detail: Symbol('s') }),
  'a null prototype': () => Object.assign(Object.create(null), toInfo({ detail: Object.create(null) })),
  'a fake Map': () => toInfo({ detail: Object.create(Map.prototype) }),
};

for (const [name, make] of Object.entries(infos)) {
  test(`a host log stops nothing, whatever it is: ${name}`, async (t) => {
    const receiver = await startReceiver();
    const output = { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 } as const;
    const transport = new SnareTransport(output);
    t.teardown(async () => {
      await transport.drain(0);
      await receiver.close();
    });
    const logger = winston.createLogger({ transports: [transport] });
    let called = 0;
    t.notThrows(() => transport.write(make(), () => (called += 1)));
    logger.info('behind it');
    t.true(await transport.flush());
    t.is(called, 1);
    const { delivered, hostLogsDropped } = transport.stats;
    t.is(delivered.lines + hostLogsDropped, 2);
    t.true(receiver.lines.some((line) => line.includes('behind it')));
  });
}

test('a listener of the transport that throws is an error of the host, and stops nothing', async (t) => {
  const program = `
    import { SnareTransport } from '${new URL('../../../plugin/index.js', import.meta.url).href}';
    process.on('uncaughtException', ({ message }) => console.log(message));
    const transport = new SnareTransport({ type: 'file', path: 'lines.log', maxHostLogBytes: 1024 });
    for (const event of ['warn', 'logged']) transport.on(event, () => { throw new Error('in ' + event); });
    let called = 0;
    for (const message of ['a', 'b'.repeat(2000), 'c']) transport.write({ level: 'info', message }, () => called++);
    await transport.drain(5000);
    console.log(called, transport.stats.delivered.lines);
  `;
  const { ended } = startProgram(t, await makeFolder(t), ['--input-type=module', '--eval', program]);
  const { code, stdout, stderr } = await ended;
  t.is(code, 0, stderr);
  t.deepEqual(stdout.trim().split('\n').sort(), ['3 2', 'in logged', 'in logged', 'in warn']);
});

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
} as fc.ObjectConstraints);

/** Each makes a value one that throws when it is used in one way. */
const spoil: readonly ((value: unknown) => unknown)[] = [
  (value) => value,
  (value) => withGetter({ value }, 'bad'),
  (value) => ({ value, toJSON: fail }),
  (value) => ({ value, toJSON: () => value }),
  (value) => ({ value, toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail }),
  (value) => new Proxy({ value }, { get: fail }),
  (value) => new Proxy({ value }, { ownKeys: fail }),
  (value) => new Proxy([value], always),
  (value) => Object.assign(new Error('e'), { value, cause: value }),
  (value) => withGetter(Object.assign(new Error('e'), { value }), 'message'),
  (value) => Object.assign(() => value, { value }),
];

/** Functions that make a value: fast-check looks at what it hands out. */
const hostile = fc.tuple(fc.constantFrom(...spoil), anything).map(
  ([use, value]) =>
    () =>
      use(value),
);
const oftenInfo = fc.oneof(
  { weight: 3, arbitrary: fc.constant((): unknown => 'info') },
  { weight: 1, arbitrary: hostile },
);
const hostileInfo = fc
  .tuple(oftenInfo, oftenInfo, hostile, fc.array(fc.tuple(fc.string({ unit: 'binary' }), hostile)), fc.nat(5))
  .map(([level, symbol, message, properties, use]) => () => {
    const own = Object.fromEntries(properties.map(([name, make]) => [name, make()]));
    const plain = { ...own, level: level(), message: message(), [LEVEL]: symbol() };
    if (use === 0) return new Proxy(plain, always);
    if (use === 1) return Object.assign(new Error('e'), plain);
    if (use === 2) return withGetter(plain, 'message');
    return use === 3 ? Object.freeze(plain) : plain;
  });

test('any host log is sent or counted as dropped, calls back once and never throws', (t) => {
  const logger = winston.createLogger();
  // Nothing is sent, and all that is taken can be counted.
  const transport = new SnareTransport({ type: 'stdout', maxHostLogBytes: 1024 ** 3 }, { hold: true });
  logger.add(transport);
  let written = 0;
  let called = 0;
  const write = (make: () => unknown) => {
    written += 1;
    transport.write(make(), () => (called += 1));
    return called === written;
  };
  fc.assert(fc.property(hostileInfo, write), { seed, numRuns: 1000 });
  const { buffered, hostLogsDropped } = transport.stats;
  t.true(buffered.lines + hostLogsDropped > written / 2);
  t.true(buffered.lines > hostLogsDropped);
});
