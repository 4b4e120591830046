import test from 'ava';
import { readAdmitted } from '../../src/kinesis/admit-events.js';

/** Only the length of a message matters here. */
function message(bytes: number): Buffer {
  const whole = Buffer.alloc(bytes, bytes);
  whole.writeUInt32BE(bytes);
  return whole;
}

async function* inParts(body: Buffer, bytes: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < body.length; from += bytes) yield body.subarray(from, from + bytes);
}

const lengths = [16, 300, 17, 90];
const body = Buffer.concat(lengths.map(message));

test('each event is admitted before a byte of it is passed on, wherever the parts of the body begin and end', async (t) => {
  for (let bytes = 1; bytes <= body.length; bytes++) {
    const passed: Uint8Array[] = [];
    const passedBytes = () => passed.reduce((sum, { length }) => sum + length, 0);
    const admitted: (readonly [number, number])[] = [];
    const admit = async (length: number) => admitted.push([passedBytes(), length]) > 0;
    for await (const part of readAdmitted(inParts(body, bytes), admit)) passed.push(part);
    t.deepEqual(Buffer.concat(passed), body);
    t.deepEqual(admitted, [
      [0, 16],
      [16, 300],
      [316, 17],
      [333, 90],
    ]);
  }
});

test('nothing is passed on of an event that is not admitted, and the body is left', async (t) => {
  let isLeft = false;
  async function* watched() {
    try {
      yield* inParts(body, 7);
    } finally {
      isLeft = true;
    }
  }
  const passed: Uint8Array[] = [];
  for await (const part of readAdmitted(watched(), async (length) => length !== 17)) passed.push(part);
  t.deepEqual([Buffer.concat(passed), isLeft], [body.subarray(0, 316), true]);
});

test('a body that ends within an event is a lost connection, and one that ends behind it is not', async (t) => {
  const read = async (bytes: number) => {
    for await (const _part of readAdmitted(inParts(body.subarray(0, bytes), 7), async () => true));
  };
  await t.notThrowsAsync(read(316));
  await t.throwsAsync(read(300), { code: 'ECONNRESET' });
});

test('a length that no event has is refused before memory is taken for it', async (t) => {
  for (const length of [0, 15, 24 * 1024 * 1024 + 1, 0xffffffff]) {
    const wrong = Buffer.alloc(32);
    wrong.writeUInt32BE(length);
    const read = async () => {
      for await (const _part of readAdmitted(inParts(wrong, 32), async () => t.fail())) t.fail();
    };
    await t.throwsAsync(read(), { name: 'NotAwsResponseError', message: `it has an event of ${length} bytes` });
  }
});
