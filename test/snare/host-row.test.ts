import { inspect } from 'node:util';
import test from 'ava';
import { type HostInfo, toHostRow } from '../../src/snare/host-row.js';

const at = { atMs: 1668722981500, offsetMinutes: -300 };
const toRow = (info: object) => toHostRow({ level: 'info', message: 'text', ...info }, at, 'app-1');

test('a log of the host is a row of GenericLog', (t) => {
  t.is(
    JSON.stringify(toRow({ level: 'warn', message: 'disk is full', disk: '/dev/sda1' })),
    '{"DATE":"2022-11-17","TIME":"22:09:41","SYSTEM":"app-1","TABLE":"GenericLog",' +
      '"COLLECTIONDATETIME":"2022-11-17T17:09:41.5-05:00","DATETIME":"2022-11-17T22:09:41.5Z","LEVEL":"warn",' +
      '"MESSAGE":"disk is full","SNAREDATAMAP":{"disk":"/dev/sda1"}}',
  );
});

test('the level is the one before a format coloured it', (t) => {
  t.is(toRow({ level: '\u001b[33mwarn\u001b[39m', [Symbol.for('level')]: 'warn' }).LEVEL, 'warn');
});

const circular: Record<string, unknown> = { name: 'loop' };
circular.self = circular;
const shared = { a: 1 };
const deep = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000));

const values: readonly (readonly [name: string, value: unknown, expected: string | RegExp])[] = [
  ['a string', 'as it is', 'as it is'],
  ['an empty string', '', ''],
  ['a number', 1.5, '1.5'],
  ['a BigInt', 12345678901234567890n, '12345678901234567890'],
  ['true', true, 'true'],
  ['null', null, 'null'],
  ['undefined', undefined, 'undefined'],
  ['a symbol', Symbol('mark'), 'Symbol(mark)'],
  ['a function', function start() {}, '[Function: start]'],
  ['an object', { a: 1, b: [true, null] }, '{"a":1,"b":[true,null]}'],
  ['an array', ['a', 1], '["a",1]'],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['an invalid date', new Date(Number.NaN), 'null'],
  ['an object with a BigInt', { bytes: 5n }, '{"bytes":"5"}'],
  ['an object with a function', { stop() {} }, '{"stop":"[Function: stop]"}'],
  ['an object in itself', circular, '{"name":"loop","self":"[Circular]"}'],
  ['an object that is there twice', { x: shared, y: [shared] }, '{"x":{"a":1},"y":[{"a":1}]}'],
  ['an error', new TypeError('no such file'), /^TypeError: no such file\n +at /],
  ['an error in an object', { cause: new TypeError('gone') }, /^\{"cause":"TypeError: gone\\n +at /],
  ['an object that gives no JSON', { toJSON: () => undefined }, '{"toJSON":"[Function: toJSON]"}'],
  ['a Map', new Map([['a', { b: 1 }]]), '[["a",{"b":1}]]'],
  ['a Set', new Set([1, 'b']), '[1,"b"]'],
  ['bytes', Buffer.alloc(300), '[Buffer of 300 bytes]'],
  ['a BigInt that is too large', 2n ** 5000n, '[BigInt too large]'],
  ['a symbol in an object', { mark: Symbol('mark') }, '{"mark":"Symbol(mark)"}'],
  [
    'an object with a getter that throws',
    {
      get a() {
        throw new Error('no');
      },
    },
    '{"a":"[unreadable]"}',
  ],
  [
    'an object whose toJSON throws',
    {
      toJSON() {
        throw new Error('no');
      },
    },
    '{"toJSON":"[Function: toJSON]"}',
  ],
  ['an array too deep for JSON', deep, /^\[{64}"\[too deep\]"\]{64}$/],
];

for (const [name, value, expected] of values) {
  test(`${name} is written as text`, (t) => {
    const { MESSAGE, SNAREDATAMAP } = toRow({ message: value, detail: value });
    const texts = [value === undefined ? 'undefined' : MESSAGE, SNAREDATAMAP.detail];
    for (const text of texts) {
      if (typeof expected === 'string') t.is(text, expected);
      else t.regex(String(text), expected);
    }
  });
}

test('what is not there has no value', (t) => {
  const row = toHostRow({} as { level: string; message: string }, at, 'app-1');
  t.like(row, { LEVEL: '-', MESSAGE: '-', SNAREDATAMAP: {} });
});

test('only the level and the message are left out of SNAREDATAMAP, and what has no name', (t) => {
  const row = toRow({ timestamp: 'now', snare: { a: 1 }, [Symbol('hidden')]: 1, 7: 'seven' });
  t.deepEqual(row.SNAREDATAMAP, { timestamp: 'now', snare: '{"a":1}', 7: 'seven' });
});

test('a property may have any name', (t) => {
  const row = toHostRow(JSON.parse('{"level":"info","message":"m","__proto__":"a","constructor":"b"}'), at, 'app-1');
  t.is(JSON.stringify(row.SNAREDATAMAP), '{"__proto__":"a","constructor":"b"}');
});

test('an error that is the info itself shows its stack', (t) => {
  const info: unknown = Object.assign(new Error('broken'), { level: 'error' });
  const row = toHostRow(info as HostInfo, at, 'app-1');
  t.like(row, { LEVEL: 'error', MESSAGE: 'broken' });
  t.regex(row.SNAREDATAMAP.stack ?? '', /^Error: broken\n +at /);
});

test('properties that cannot be read say so', (t) => {
  const info = {
    get level(): string {
      throw new Error('no');
    },
    get message() {
      throw new Error('no');
    },
    get detail() {
      throw new Error('no');
    },
  };
  t.like(toHostRow(info, at, 'app-1'), {
    LEVEL: '[unreadable]',
    MESSAGE: '[unreadable]',
    SNAREDATAMAP: { detail: '[unreadable]' },
  });
});

test('an info that throws at every touch is still a row', (t) => {
  const fail = () => {
    throw new Error('no');
  };
  const info = new Proxy({ level: 'info', message: 'm' }, { get: fail, ownKeys: fail, getPrototypeOf: fail });
  t.like(toHostRow(info, at, 'app-1'), { TABLE: 'GenericLog', LEVEL: '[unreadable]', SNAREDATAMAP: {} });
  t.like(toRow({ detail: new Proxy({}, { get: fail, ownKeys: fail, getPrototypeOf: fail }) }), {
    SNAREDATAMAP: { detail: '[unreadable]' },
  });
});

test('a text that is too long is cut, and says how much of it is missing', (t) => {
  const { MESSAGE, SNAREDATAMAP } = toRow({ message: 'x'.repeat(1_000_000), detail: 'y'.repeat(1_000_000), more: 1 });
  t.regex(String(MESSAGE), /^x+\.\.\. \[475712 characters cut\]$/);
  t.deepEqual(SNAREDATAMAP, { '[cut]': '2 more properties' });
});

test('an object that is too large is cut, and says how much of it is missing', (t) => {
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key-${index}`, index]));
  const row = toRow({ detail: many, list: Array.from({ length: 100_000 }, () => 1), long: 'x'.repeat(10) });
  t.regex(row.SNAREDATAMAP.detail ?? '', /"\[cut\]":"90001 more properties"\}$/);
  t.regex(row.SNAREDATAMAP.list ?? '', /,"\[90001 more items cut\]"\]$/);
  t.is(row.SNAREDATAMAP.long, 'x'.repeat(10));
  t.is(toRow(many).SNAREDATAMAP['[cut]'], '99000 more properties');
});

test('an error, a function or a proxy of any size takes a bounded part of a line', (t) => {
  const long = 'x'.repeat(8 * 1024 * 1024);
  const chain = Array.from({ length: 100 }).reduce((cause: Error) => new Error('"', { cause }), new Error('"'));
  const endless = (): object =>
    new Proxy(
      {},
      {
        ownKeys: () => ['a', 'b'],
        getOwnPropertyDescriptor: toProperty,
        get: (_, key) => key !== 'toJSON' && endless(),
      },
    );
  let asked = 0;
  const wide = new Proxy(
    {},
    {
      ownKeys: () => Array.from({ length: 200_000 }, (_, index) => `k${index}`),
      getOwnPropertyDescriptor() {
        asked++;
        return toProperty();
      },
    },
  );
  const values: Readonly<Record<string, unknown>> = {
    'a long message': new Error(long),
    'a long message in an object': { error: new Error(long) },
    'a long stack': Object.assign(new Error('e'), { stack: long }),
    'a long name': Object.defineProperty(() => {}, 'name', { value: long }),
    'a long body': new Function(`/*${long}*/`),
    'a long property': Object.assign(new Error('e'), { detail: [long, long] }),
    'many properties': Object.assign(
      new Error('e'),
      Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i])),
    ),
    'many errors': new AggregateError(Array.from({ length: 20_000 }, () => new Error('e'))),
    'a chain of errors': chain,
    'its own inspection': Object.assign(new Error('e'), { [inspect.custom]: () => long }),
    'an endless proxy': endless(),
    'a wide proxy': wide,
  };
  for (const [what, value] of Object.entries(values)) {
    const { MESSAGE, SNAREDATAMAP } = toRow({ message: value, detail: value });
    const length = String(MESSAGE).length + (SNAREDATAMAP.detail ?? '').length;
    t.true(length < 2 * 1024 * 1024, `${what}: ${length}`);
  }
  t.true(asked < 100_000, String(asked));
});

test('an error shows its properties, its cause and its errors', (t) => {
  const cause = Object.assign(new Error('inner'), { code: 'E1' });
  const { MESSAGE } = toRow({ message: Object.assign(new Error('outer', { cause }), { code: 'E2' }) });
  t.regex(String(MESSAGE), /^Error: outer\n[^{]*\{"code":"E2","cause":\{"stack":"Error: inner.*","code":"E1"\}\}$/s);
  t.regex(
    toRow({ detail: [new AggregateError([new Error('one')])] }).SNAREDATAMAP.detail ?? '',
    /"errors":\["Error: one/,
  );
});

function toProperty(): PropertyDescriptor {
  return { value: 1, enumerable: true, configurable: true };
}
