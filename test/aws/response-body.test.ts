import { Readable } from 'node:stream';
import test from 'ava';
import { collect, readBody } from '../../src/aws/response-body.js';

const kib = 1024;

/** A body whose parts arrive after so many milliseconds each, on a clock of its own. */
function bodyOf(parts: Iterable<readonly [afterMs: number, bytes: number]>) {
  const clock = { ms: 0, monotonic: () => clock.ms };
  const state = { given: 0 };
  const body = Readable.from(
    (async function* () {
      for (const [afterMs, bytes] of parts) {
        clock.ms += afterMs;
        state.given += bytes;
        yield Buffer.alloc(bytes, 'a');
      }
    })(),
    { highWaterMark: 0 },
  );
  const limits = { operation: 'GetRecords', maxBytes: 1024 * kib, clock };
  return { body, clock, state, limits };
}

function* repeat(afterMs: number, bytes: number, times = Number.POSITIVE_INFINITY) {
  for (let i = 0; i < times; i++) yield [afterMs, bytes] as const;
}

test('a body within its limits is given as it comes', async (t) => {
  const { body, limits } = bodyOf(repeat(1000, 32 * kib, 32));
  t.is((await collect(readBody(body, undefined, limits))).length, 1024 * kib);
});

test('a body without an end is given up at its limit, and so is one that announces too much', async (t) => {
  const endless = bodyOf(repeat(0, 64 * kib));
  const message = /the response to GetRecords is larger than 1 MiB, which AWS never sends/;
  await t.throwsAsync(collect(readBody(endless.body, undefined, endless.limits)), {
    name: 'ResponseTooLarge',
    message,
  });
  t.true(endless.state.given <= 1200 * kib, `${endless.state.given} bytes`);
  t.true(endless.body.destroyed);
  const announced = bodyOf(repeat(0, 1));
  const read = collect(readBody(announced.body, 1024 * kib + 1, announced.limits));
  await t.throwsAsync(read, { name: 'ResponseTooLarge' });
  t.is(announced.state.given, 0);
  t.true(announced.body.destroyed);
});

test('a body that crawls is given up after half a minute', async (t) => {
  const { body, clock, limits } = bodyOf(repeat(1000, 2 * kib));
  const message = /the response to GetRecords came at 2048 bytes a second and was abandoned/;
  await t.throwsAsync(collect(readBody(body, 13_000_000, { ...limits, maxBytes: 2 ** 25 })), {
    name: 'ResponseTooSlow',
    message,
  });
  t.is(clock.ms, 30_000);
  t.true(body.destroyed);
});

test('a body that begins to crawl in the middle is given up too', async (t) => {
  const { body, clock, limits } = bodyOf([...repeat(1000, 100 * kib, 60), ...repeat(1000, kib, 60)]);
  const read = collect(readBody(body, undefined, { ...limits, maxBytes: 2 ** 25 }));
  await t.throwsAsync(read, { name: 'ResponseTooSlow' });
  t.is(clock.ms, 90_000);
});

test('a small body may take its time', async (t) => {
  const { body, limits } = bodyOf(repeat(1000, 100, 29));
  t.is((await collect(readBody(body, undefined, limits))).length, 2900);
});

test('a body may be no longer under way than five minutes', async (t) => {
  const { body, clock, limits } = bodyOf(repeat(1000, 17 * kib));
  const read = collect(readBody(body, undefined, { ...limits, maxBytes: 2 ** 25 }));
  await t.throwsAsync(read, { name: 'ResponseTooSlow', message: /took more than 300 s/ });
  t.is(clock.ms, 301_000);
});

test('time that the reader takes between two parts does not make a body slow', async (t) => {
  const { body, clock, limits } = bodyOf(repeat(10, kib, 100));
  let bytes = 0;
  for await (const part of readBody(body, undefined, limits)) {
    bytes += part.length;
    clock.ms += 3_600_000;
  }
  t.is(bytes, 100 * kib);
});
