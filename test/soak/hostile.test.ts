/**
 * Hostile records, host logs and names from a seeded generator between good ones. `HOSTILE_MS` is the length, 90 s when left
 * out. `FUZZ_SEED` repeats the choices of a run.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { environment, makeFolder, writeManifest } from '../end-to-end/command.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { createRandom, seed } from '../fixtures/random.js';
import type { HostileReport } from './hostile-child.js';
import { hostileKinds, toGoodRecord, toHostileRecord, toRandom } from './hostile-records.js';

const hostileMs = Number(process.env.HOSTILE_MS ?? 90_000);
const limitBytes = 512 * 1024 * 1024;
/** What Node sets by itself in a container with that limit. On a large machine it collects garbage later. */
const heapMb = 256;
/** Of the event loop. */
const limitMs = 2000;
const stream = 'flow-logs';
/** What a line may not hold: C0 but the line feed, DEL, C1 in UTF-8. */
const controls = /[\u0000-\u0009\u000b-\u001f\u007f]|\u00c2[\u0080-\u009f]/;

test('hostile records, host logs and names: good rows arrive, memory and stalls stay bounded, no control byte comes out', async (t) => {
  t.timeout(180_000 + 3 * hostileMs);
  const random = toRandom(createRandom(seed));
  const kinesis = await startFakeKinesis({ clock: Date, seed });
  t.teardown(() => kinesis.stop());
  kinesis.createStream(stream, { shards: 2 });
  const receiver = await startReceiver(t);
  const folder = await makeFolder(t);
  const path = join(folder, 'dead-letter.ndjson');
  const input = { stream, endpoint: kinesis.endpoint, region: 'us-east-1', startAt: 'earliest', idleDelayMs: 200 };
  const formats = [{ format: '${a} ${b} ${c}', logGroup: '*a*a*a*a*a*b' }];
  const quick = { rotateMs: 300, confirmHoldMs: 50 };
  const output = { type: 'tcp', host: '127.0.0.1', port: receiver.port, format: 'json', ...quick };
  const deadLetter = { path, maxBytes: 2 ** 40, maxLogGroupPercent: 100, maxBytesPerMinute: 2 ** 30 };
  const config = { input: { ...input, formats }, output, deadLetter };
  const { ask, stderr } = startChild(t, await writeManifest(folder, config));

  const history: string[] = [];
  let [records, flowLogs] = [0, 0];
  const put = (data: Uint8Array) => kinesis.put(stream, data, String(records++));
  const untilAtMost = async (open: number, signal: AbortSignal) => {
    for (;;) {
      const report = await ask('report');
      if (records - report.stats.acknowledged <= open || signal.aborted) return report;
      await sleep(100);
    }
  };
  const over = AbortSignal.timeout(hostileMs);
  // Each kind comes, in an order of the seed, before any comes by chance.
  for (let left = [...hostileKinds]; !over.aborted || left.length > 0; ) {
    const [kind = ''] =
      left.length > 0 ? left.splice(random.below(left.length), 1) : [hostileKinds[random.below(hostileKinds.length)]];
    history.push(kind);
    put(toHostileRecord(kind, random));
    for (let good = random.below(4); good > 0; good -= 1) {
      const to = flowLogs + 1 + random.below(200);
      put(toGoodRecord(flowLogs, to, random));
      flowLogs = to;
    }
    await untilAtMost(10, AbortSignal.timeout(60_000));
  }
  await untilAtMost(0, AbortSignal.timeout(60_000 + hostileMs));
  const { peakBytes, stallMs, ownStallMs, hostLogs, stats } = await ask('stop');
  const stalls = `stall of ${Math.round(stallMs)} ms, ${Math.round(ownStallMs)} ms at work`;
  const told = `FUZZ_SEED=${seed}: ${records} records, ${flowLogs} flow logs, ${hostLogs} host logs, ${Math.round(peakBytes / 2 ** 20)} MiB, ${stalls}, dead letters ${JSON.stringify(stats.deadLetters)}`;
  const details = () => `${told}\n${history.slice(-30).join('\n')}\n${stderr().slice(-4000)}`;
  t.log(told);
  t.is(stats.acknowledged, records, details());
  t.deepEqual(
    Array.from({ length: flowLogs }, (_, number) => number).filter((number) => !receiver.numbers.has(number)),
    [],
    details(),
  );
  t.true(hostLogs > 0);
  t.true(peakBytes < limitBytes, details());
  t.true(ownStallMs < limitMs, details());
  t.is(receiver.control(), undefined, details());
  t.is(findControl(stderr()), undefined, told);
  // In pieces: after ten minutes it is longer than a string may be.
  for await (const text of createReadStream(path, 'latin1')) t.is(findControl(text), undefined, told);
});

function startChild(t: ExecutionContext, manifest: string) {
  const child = fork(fileURLToPath(new URL('hostile-child.js', import.meta.url)), [manifest, String(seed)], {
    env: { PATH: process.env.PATH, ...environment, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    execArgv: [`--max-old-space-size=${heapMb}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr?.setEncoding('latin1').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`The program ended with ${code ?? signal}; FUZZ_SEED=${seed}\n${stderr.slice(-4000)}`);
  });
  ended.catch(() => {});
  const ask = async (word: 'report' | 'stop'): Promise<HostileReport> => {
    const answer = once(child, 'message');
    child.send(word);
    const [report] = await Promise.race([answer, ended]);
    return report as HostileReport;
  };
  return { ask, stderr: () => stderr };
}

/** What is around the first one. */
function findControl(text: string): string | undefined {
  const at = text.search(controls);
  return at === -1 ? undefined : JSON.stringify(text.slice(Math.max(0, at - 200), at + 20));
}

/** Keeps the numbers of good flow logs, and the first text with a control byte. */
async function startReceiver(t: ExecutionContext) {
  const numbers = new Set<number>();
  let control: string | undefined;
  const take = (text: string) => {
    control ??= findControl(text);
    for (const [, number] of text.matchAll(/"INTERFACEID":"eni-good-\d"[^\n]{0,200}"BYTES":"(\d+)"/g))
      numbers.add(Number(number));
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let torn: string[] = [];
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      const end = text.lastIndexOf('\n') + 1;
      if (end > 0) {
        take([...torn, text.slice(0, end)].join(''));
        torn = [];
      }
      torn.push(text.slice(end));
    });
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return { numbers, control: () => control, port: (server.address() as AddressInfo).port };
}
