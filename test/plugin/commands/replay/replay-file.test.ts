import { appendFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Diagnostics } from '../../../../plugin/commands/diagnostics.js';
import { replayCommand } from '../../../../plugin/commands/replay/replay.js';
import { ReplayFile } from '../../../../plugin/commands/replay/replay-file.js';
import { createStatusLine } from '../../../../plugin/commands/status-line.js';
import { formatLetter } from '../../../../src/pipeline/dead-letter-file.js';
import { makeFolder } from '../../../checkpoint/temporary-folder.js';
import { run, writeManifest } from '../../../end-to-end/command.js';
import { startReceiver } from '../../../fakes/receiver.js';
import { payload } from '../../../fixtures/payloads.js';

const mib = 1024 * 1024;

test('letters are read in batches of whole lines, however long, and a torn one at the end is a line', async (t) => {
  const path = await createPath(t);
  const lines = ['a', '', 'x'.repeat(600_000), 'ü\u2028\r', 'b', 'torn'];
  await writeFile(path, lines.join('\n'));
  const file = await take(t, path);
  const batches = [];
  for await (const batch of file.batches(4)) batches.push(batch.map(({ text }) => text));
  t.deepEqual(batches, [['a', '', lines[2]], [lines[3]], ['b', 'torn']]);
  t.false(await file.isReplayed());
});

test('a replay that was interrupted continues behind its last batch, in a file longer than any text', async (t) => {
  const path = await createPath(t);
  const hole = 600 * mib;
  await writeFile(path, '');
  await truncate(path, hole);
  await appendFile(path, 'last\n');
  const first = await take(t, path);
  t.false(first.isContinued);
  await first.markReplayed([{ number: 7, text: '', end: hole }]);
  await first.close();
  await writeFile(path, 'new');
  const second = await take(t, path);
  t.true(second.isContinued);
  for await (const batch of second.batches(mib)) {
    t.deepEqual(batch, [{ number: 8, text: 'last', end: hole + 5 }]);
    await second.markReplayed(batch);
  }
  t.true(await second.isReplayed());
  await second.remove();
  await second.close();
  t.deepEqual(await readdir(dirname(path)), [basename(path)]);
  t.is(await readFile(path, 'utf8'), 'new');
});

test('what is noted of one replay does not count for the next file', async (t) => {
  const path = await createPath(t);
  await writeFile(`${path}.replaying.progress.json`, '{"version":1,"bytes":4,"lines":2}');
  await writeFile(path, 'a\nb\nc\n');
  const file = await take(t, path);
  for await (const batch of file.batches(mib)) t.is(batch.length, 3);
});

test('a line too long for any text is named', async (t) => {
  const path = await createPath(t);
  await writeFile(path, `a\n${'x'.repeat(2 * mib)}`);
  const file = await take(t, path, mib);
  const read = async () => {
    for await (const _ of file.batches(mib));
  };
  await t.throwsAsync(read, { name: 'CommandError', message: /Line 2 .* too long/ });
});

test('two replays at once are refused', async (t) => {
  const path = await createPath(t);
  await writeFile(path, 'a\n');
  await take(t, path);
  await t.throwsAsync(ReplayFile.take(path), { name: 'CommandError', message: /Another replay/ });
});

test('a replay stops behind a batch that is not confirmed in time, and the same command continues', async (t) => {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const path = await createPath(t);
  const letterOf = (message: string) => {
    const data = Buffer.from(JSON.stringify({ ...payload, logEvents: [{ id: '1', timestamp: 0, message }] }));
    return formatLetter({ time: 't', shardId: 's', sequenceNumber: '1', reason: 'r', detail: '', data });
  };
  // Larger than a batch.
  const filler = 'x'.repeat(16 * mib);
  await writeFile(path, `${letterOf('one')}\n${filler}\n${letterOf('two')}\n`);
  const output = { type: 'tcp', host: receiver.host, port: receiver.port, format: 'raw', confirmHoldMs: 50 };
  const manifest = await writeManifest(dirname(path), { output, drainTimeoutMs: 100 });
  const said: string[] = [];
  const diagnostics = { log: (_: string, text: string) => said.push(text) } as unknown as Diagnostics;
  const statusLine = createStatusLine({ write() {} });
  const replay = () => replayCommand({ manifest, file: path, diagnostics, logFormat: 'text', statusLine });
  await receiver.kill();
  t.is(await replay(), 1);
  t.is((await readFile(path, 'utf8')).length, `${letterOf('one')}\n${filler}\n`.length);
  t.regex(said.at(-1) ?? '', /run the same command to continue/);
  await receiver.restart();
  await writeManifest(dirname(path), { output });
  t.is(await replay(), 0);
  t.is(receiver.lines.length, 1);
  t.regex(receiver.lines[0] ?? '', /two/);
  t.deepEqual((await readdir(dirname(path))).toSorted(), [basename(path), 'manifest.json']);
});

test('a letter that ends the process is kept and named by the next replay, and the others are delivered', async (t) => {
  const path = await createPath(t);
  const letterOf = (message: string) => {
    const data = Buffer.from(JSON.stringify({ ...payload, logEvents: [{ id: '1', timestamp: 0, message }] }));
    return formatLetter({ time: 't', shardId: 's', sequenceNumber: '1', reason: message, detail: '', data });
  };
  const lines = ['one', 'deadly', 'two', 'deadly', 'three'].map(letterOf);
  await writeFile(path, lines.join('\n'));
  const folder = dirname(path);
  await writeManifest(folder, { output: { type: 'file', path: 'out', format: 'raw' } });
  // Stands for a letter that takes all of the memory.
  const killer = `const { parse } = JSON; JSON.parse = (text, ...rest) => {
    if (String(text).includes('"deadly"')) process.kill(process.pid, 'SIGKILL');
    return parse(text, ...rest);
  };`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(killer)}` };
  const replay = () => run(t, folder, ['replay', path, '-m', 'manifest.json'], env);
  t.is((await replay()).code, 'SIGKILL');
  t.is((await replay()).code, 'SIGKILL');
  const last = await replay();
  t.is(last.code, 1, last.stderr);
  for (const number of [2, 4]) t.regex(last.stderr, new RegExp(`line ${number} under way`));
  t.is(await readFile(path, 'utf8'), `${lines[1]}\n${lines[3]}\n`);
  const delivered = (await readFile(join(folder, 'out'), 'utf8')).trim().split('\n');
  for (const message of ['one', 'two', 'three'])
    t.true(
      delivered.some((line) => line.includes(message)),
      message,
    );
  t.deepEqual((await readdir(folder)).toSorted(), ['letters.ndjson', 'manifest.json', 'out']);
});

async function take(t: ExecutionContext, path: string, maxLineBytes?: number): Promise<ReplayFile> {
  const file = await ReplayFile.take(path, maxLineBytes);
  if (!file) throw new TypeError('There is a file');
  t.teardown(() => file.close().catch(() => {}));
  return file;
}

async function createPath(t: ExecutionContext): Promise<string> {
  return join(await makeFolder(t), 'letters.ndjson');
}
