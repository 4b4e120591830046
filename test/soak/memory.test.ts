/**
 * The memory of a process with the plugin in it, when everything is as large as it may be and the receiver reads nothing.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { systemClock } from '../../src/clock.js';
import { environment, makeFolder, writeManifest } from '../end-to-end/command.js';
import { toRecord } from '../end-to-end/flow-logs.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import type { FakeStream } from '../fakes/fake-kinesis-stream.js';
import { CountingReceiver } from './counting-receiver.js';
import type { MemoryReport } from './memory-child.js';

const mib = 1024 * 1024;
const stream = 'flow-logs';
const shards = 4;
/** The default of maxEventsPerRecord; about 15 MiB of JSON, which maxRecordBytes just allows. */
const eventsPerRecord = 100_000;
const replyBytes = 10 * mib;
const recordsPerShard = 4;

/** Each of these holds memory for other things. */
const ways = [
  { delivery: 'logger', hasFanOut: false, limitMib: 384 },
  { delivery: 'direct', hasFanOut: false, limitMib: 384 },
  // The SDK decodes an event as a whole: its bytes, its text and its base64 are in memory together.
  { delivery: 'direct', hasFanOut: true, limitMib: 448 },
];

for (const { delivery, hasFanOut, limitMib } of ways) {
  const way = `delivery ${delivery}${hasFanOut ? ', enhanced fan-out' : ''}`;
  test.serial(`${way}: memory stays below ${limitMib} MiB, reading stops, and nothing is dropped`, async (t) => {
    t.timeout(120_000);
    const kinesis = await startFakeKinesis({ clock: systemClock, hasFanOut });
    t.teardown(() => kinesis.stop());
    const receiver = new CountingReceiver(shards * eventsPerRecord);
    t.teardown(() => receiver.close());
    const port = await receiver.start();
    const full = kinesis.createStream(stream, { shards });
    if (hasFanOut) full.registerConsumer('snare', Date.now());
    fill(full);

    const folder = await makeFolder(t);
    const input = {
      stream,
      endpoint: kinesis.endpoint,
      region: 'us-east-1',
      startAt: 'earliest',
      ...(hasFanOut ? { fanOut: { consumer: 'snare' } } : { idleDelayMs: 200 }),
    };
    const output = { type: 'tcp', host: '127.0.0.1', port, confirmTimeoutMs: 2000, reconnectMaxMs: 500 };
    const manifest = await writeManifest(folder, { input, output, delivery });
    const child = fork(fileURLToPath(new URL('memory-child.js', import.meta.url)), [manifest], {
      env: { PATH: process.env.PATH, ...environment, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      execArgv: [],
    });
    t.teardown(() => child.kill('SIGKILL'));
    const ask = async (word: 'report' | 'stop'): Promise<MemoryReport> => {
      child.send(word);
      const [report] = (await once(child, 'message')) as [MemoryReport];
      return report;
    };
    const reads = () =>
      hasFanOut
        ? kinesis.fanOut.subscriptions.reduce((sum, { sent }) => sum + sent, 0)
        : kinesis.requestsOf('GetRecords').length;

    for (let before = -1; reads() !== before || reads() === 0; ) {
      before = reads();
      await sleep(6000);
    }
    const stalled = await ask('report');
    t.is(receiver.arrived, 0);
    t.true(stalled.stats.acknowledged < shards, 'It went on although nothing was confirmed');
    const readsWhenStalled = reads();

    receiver.beginToRead();
    const signal = AbortSignal.timeout(80_000);
    while (receiver.arrived < receiver.times.length && !signal.aborted) await sleep(100);
    for (let acknowledged = 0; acknowledged < shards * recordsPerShard && !signal.aborted; await sleep(200)) {
      acknowledged = (await ask('report')).stats.acknowledged;
    }
    const { peakBytes, stats } = await ask('stop');
    const told = `${mb(stalled.peakBytes)} at the stall with ${readsWhenStalled} reads, ${mb(peakBytes)} in all; ${JSON.stringify(stats)}`;
    t.log(told);
    t.is(receiver.arrived, receiver.times.length, told);
    t.deepEqual(await countReasons(join(folder, 'kinesis-snare.dead-letter.ndjson')), {
      'bad-json': 2 * shards,
      'too-large': shards,
    });
    t.true(peakBytes < limitMib * mib, told);
  });
}

/** Each shard: two replies as large as a reply may be, the first with a bomb and many flow logs. */
function fill(full: FakeStream): void {
  const bomb = gzipSync(Buffer.alloc(64 * mib));
  const noise = randomBytes(replyBytes);
  full.shards.forEach(({ startHash }, index) => {
    const put = (data: Uint8Array) => full.put(data, 'any', Date.now(), startHash);
    const { data } = toRecord('eni', index * eventsPerRecord, (index + 1) * eventsPerRecord);
    put(data);
    put(bomb);
    put(noise.subarray(0, replyBytes - data.length - bomb.length));
    put(noise);
  });
}

async function countReasons(path: string): Promise<Record<string, number>> {
  const reasons: Record<string, number> = {};
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const { reason } = JSON.parse(line) as { reason: string };
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return reasons;
}

function mb(bytes: number): string {
  return `${Math.round(bytes / mib)} MiB`;
}
