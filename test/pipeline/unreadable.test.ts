/** With `unreadable: "generic"`, nothing is a dead letter: what cannot be used arrives as rows with all of its bytes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import { loadSettings } from '../../plugin/manifest/manifest.js';
import { Plugin } from '../../plugin/plugin.js';
import { LoggerOutputs } from '../../plugin/winston/logger-outputs.js';
import type { LineFormat } from '../../src/line-format.js';
import { PushedSource } from '../../src/pipeline/pushed-source.js';
import { toUnreadableRows } from '../../src/pipeline/unreadable-rows.js';
import { createLineFormatter } from '../../src/snare/line.js';
import { makeFolder } from '../end-to-end/command.js';
import { toRecord } from '../end-to-end/flow-logs.js';
import { startReceiver } from '../fakes/receiver.js';
import { payload } from '../fixtures/payloads.js';

const collected = { atMs: 1_700_000_000_000, offsetMinutes: 0 };
const record = {
  shardId: 'shardId-000000000000',
  sequenceNumber: '4'.repeat(56),
  data: new Uint8Array(),
  readMs: 1_700_000_000_000,
  arrivalMs: 1_699_999_999_000,
  ack() {},
};

for (const format of ['snare', 'snare-tab', 'raw', 'syslog', 'json'] satisfies LineFormat[]) {
  test(`${format}: no part of an unreadable record has a line that is too long, and the parts make the whole`, (t) => {
    for (const { bytes, maxLineBytes, framing } of [
      { bytes: 0, maxLineBytes: 65_536, framing: 'lf' },
      { bytes: 1, maxLineBytes: 65_536, framing: 'octet-counting' },
      { bytes: 100_000, maxLineBytes: 1024, framing: 'lf' },
      { bytes: 1_000_000, maxLineBytes: 65_536, framing: 'octet-counting' },
    ] as const) {
      const formatLine = createLineFormatter({ format, framing, hostname: 'host' });
      const data = Buffer.alloc(bytes, 'any bytes \u0000\n');
      const letter = { ...record, time: '', reason: 'not-a-payload', detail: 'x'.repeat(2000), data };
      const { count, rows } = toUnreadableRows([letter], record, 5, collected, { formatLine, maxLineBytes });
      const all = [...rows];
      t.is(all.length, count);
      t.true(all.every(({ row, message }) => Buffer.byteLength(formatLine(row, message)) <= maxLineBytes));
      t.true(count <= 1 + bytes / (maxLineBytes / 3));
      t.true(Buffer.concat(all.map((row) => row.toPayload())).equals(data));
      // `raw` has the message in place of the row.
      const maps = all.map(({ message }) => JSON.parse(message) as { part: string; data: string; shard: string });
      t.true(Buffer.concat(maps.map((map) => Buffer.from(map.data, 'base64'))).equals(data));
      t.is(maps.at(-1)?.part, `${count}/${count}`);
      t.is(all[0]?.row.DATETIME, '2023-11-14T22:13:19Z');
      t.is(all[0]?.index, 5);
    }
  });
}

async function setUp(
  t: ExecutionContext,
  config: { readonly output?: object; readonly input?: object },
  isLogger = false,
) {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const folder = await makeFolder(t);
  const deadLetters = join(folder, 'dead.ndjson');
  const { settings } = loadSettings({
    id: 'kinesis-snare',
    config: {
      unreadable: 'generic',
      deadLetter: { path: deadLetters },
      input: { stream: 's', checkpoint: { type: 'memory' }, maxAttempts: 2, ...config.input },
      output: { type: 'tcp', host: receiver.host, port: receiver.port, confirmHoldMs: 0, ...config.output },
    },
  });
  let source: PushedSource | undefined;
  const logger = winston.createLogger();
  const plugin = new Plugin(
    settings,
    isLogger ? (wiring) => new LoggerOutputs(settings, logger, wiring) : undefined,
    (wiring) => {
      source = new PushedSource(wiring);
      return source;
    },
  );
  t.teardown(() => plugin.stop());
  await plugin.start();
  const run = source?.beginRun();
  const push = async (sequenceNumber: string, data: Uint8Array) => {
    await run?.push([{ shardId: 'shard', sequenceNumber, data, arrivalMs: 0 }], new AbortController().signal);
  };
  /** Resolves when everything is acked. */
  const settled = async () => {
    while ((run?.pending ?? 0) > 0) await plugin.flush(1000);
  };
  const generic = () =>
    receiver.lines
      .filter((line) => line.split('\t')[1] === 'AWSGenericLog')
      .map((line) => JSON.parse(line.split('\t')[3] ?? '').SNAREDATAMAP as Record<string, string>);
  return { plugin, receiver, push, settled, generic, deadLetters };
}

const joined = (maps: readonly Record<string, string>[]) =>
  Buffer.concat(maps.map(({ data = '' }) => Buffer.from(data, 'base64')));

for (const isLogger of [false, true]) {
  const way = isLogger ? 'through a logger' : 'directly';
  test(`a record that cannot be read is confirmed rows, and no dead letter, ${way}`, async (t) => {
    const { plugin, receiver, push, settled, generic, deadLetters } = await setUp(t, {}, isLogger);
    const events: string[] = [];
    plugin.on('unreadable', ({ reason, sequenceNumber }) => events.push(`${reason} ${sequenceNumber}`));
    const bad = Buffer.from('{"messageType":"DATA_MESSAGE","logEvents":7}');
    await receiver.kill();
    await push('1', bad);
    t.is(plugin.stats().acknowledged, 0);
    await receiver.restart();
    await push('2', toRecord('a', 0, 1).data);
    await settled();
    const maps = generic();
    t.deepEqual(joined(maps), bad);
    t.like(maps[0], { shard: 'shard', sequenceNumber: '1', reason: 'not-a-payload', part: '1/1' });
    t.deepEqual(events, ['not-a-payload 1']);
    t.like(plugin.stats(), {
      acknowledged: 2,
      unreadable: { 'not-a-payload': 1 },
      deadLetters: {},
      rows: { AWSGenericLog: { '-': 1 }, AWSVPCFlowLog: { ACCEPT: 1 } },
    });
    t.false(existsSync(deadLetters));
  });

  test(`a line that the output cannot carry is confirmed rows that it can, ${way}`, async (t) => {
    const { plugin, push, settled, generic, deadLetters } = await setUp(
      t,
      { output: { maxLineBytes: 2000 } },
      isLogger,
    );
    const message = `no flow log ${'y'.repeat(5000)}`;
    const logEvents = [{ id: '1', timestamp: 0, message }];
    await push('1', gzipSync(JSON.stringify({ ...payload, logEvents })));
    await settled();
    const maps = generic();
    t.true(maps.length > 1);
    t.is(JSON.parse(joined(maps).toString()).logEvents[0].message, message);
    t.deepEqual(plugin.stats().unreadable, { 'line-too-long': 1 });
    t.is(plugin.stats().acknowledged, 1);
    t.false(existsSync(deadLetters));
  });
}

test('log events of another log group, and messages without a format, are rows too', async (t) => {
  const input = { logGroups: [payload.logGroup], otherLogGroups: 'dead-letter' };
  const { plugin, push, settled, generic, deadLetters } = await setUp(t, { input });
  const odd = { ...payload, logEvents: [{ id: '1', timestamp: 0, message: 'odd' }] };
  await push('1', Buffer.from(JSON.stringify({ ...payload, logGroup: '/other' }) + JSON.stringify(odd)));
  await settled();
  t.deepEqual(
    generic().map(({ reason, message }) => [reason, message]),
    [
      ['field-count', 'odd'],
      ['other-log-group', undefined],
    ],
  );
  t.is(plugin.stats().acknowledged, 1);
  t.false(existsSync(deadLetters));
});

test('lines of a record with unreadable parts are the same when they are sent again', async (t) => {
  const { receiver, push, settled } = await setUp(t, {});
  receiver.behave((connection) => (connection === 0 ? { type: 'resets', afterBytes: 900 } : { type: 'normal' }));
  await push('1', Buffer.from(`${JSON.stringify(payload)}junk${JSON.stringify(payload)}more junk`));
  await settled();
  const last = receiver.lines.slice(-4);
  t.true(receiver.lines.length > 4 || receiver.connections.length > 1);
  t.is(last.filter((line) => line.includes('AWSVPCFlowLog')).length, 2);
  t.true(receiver.lines.every((line) => last.includes(line)));
});
