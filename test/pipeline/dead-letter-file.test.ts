import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { type DeadLetter, DeadLetterFile, parseLetter } from '../../src/pipeline/dead-letter-file.js';
import { makeFolder } from '../end-to-end/command.js';

const letter: DeadLetter = {
  time: 't',
  shardId: 's',
  sequenceNumber: '1',
  reason: 'r',
  detail: 'd',
  data: Buffer.from('x'),
};

test('letters are lines of NDJSON in a file that only its owner reads', async (t) => {
  const path = join(await makeFolder(t), 'letters');
  const file = new DeadLetterFile(path);
  await Promise.all([file.write([letter]), file.write([letter, letter])]);
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  t.deepEqual(lines.map(parseLetter), [letter, letter, letter]);
  t.is((await stat(path)).mode & 0o777, 0o600);
});

test('no control character of a name reaches the file as it is', async (t) => {
  const path = join(await makeFolder(t), 'letters');
  const logGroup = '\u001b[2J\u0085\u009b31m\u007f\u2028\t';
  await new DeadLetterFile(path).write([{ ...letter, logGroup }]);
  const text = await readFile(path, 'utf8');
  t.notRegex(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028]/);
  t.is(parseLetter(text)?.logGroup, logGroup);
});

test('a letter of many pieces is one line, whose size is known before it is written', async (t) => {
  for (const length of [0, 1, 2, 3 * 16 * 1024, 200_001]) {
    const path = join(await makeFolder(t), 'letters');
    const large = { ...letter, detail: 'ü "', data: randomBytes(length) };
    const expected = `${JSON.stringify({ ...large, data: large.data.toString('base64') })}\n`;
    const maxBytes = Buffer.byteLength(expected);
    const tooSmall = new DeadLetterFile(path, { maxBytes: maxBytes - 1, onNearlyFull: () => {} });
    await t.throwsAsync(tooSmall.write([large]), { message: /maxBytes/ });
    await new DeadLetterFile(path, { maxBytes, onNearlyFull: () => {} }).write([large]);
    t.true((await readFile(path, 'utf8')) === expected);
  }
});

test('a letter is not glued to one that a crash has torn', async (t) => {
  const path = join(await makeFolder(t), 'letters');
  await appendFile(path, '{"torn":');
  await new DeadLetterFile(path).write([letter]);
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  t.deepEqual(lines.map(parseLetter), [undefined, letter]);
});

test('half a letter, which is all that a full disk took, is cut off again', async (t) => {
  const path = join(await makeFolder(t), 'letters');
  const program = fileURLToPath(new URL('dead-letter-child.js', import.meta.url));
  // A limit on the size of files shortens a write as a full disk does.
  const child = spawn('sh', ['-c', `ulimit -f 200; exec "${process.execPath}" "${program}" "${path}"`]);
  t.teardown(() => child.kill());
  const [code] = await once(child, 'exit');
  t.is(code, 0);
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  t.is(lines.length, 1);
  t.truthy(parseLetter(lines[0] ?? ''));
});

test('a write that fails rejects, and the next one may succeed', async (t) => {
  const path = join(await makeFolder(t), 'letters');
  await mkdir(path);
  const file = new DeadLetterFile(path);
  await t.throwsAsync(file.write([letter]), { message: /could not be written/ });
  await rm(path, { recursive: true });
  await file.write([letter]);
  t.is((await readFile(path, 'utf8')).trimEnd().split('\n').length, 1);
});
