/**
 * The handler under the real runtime client of Lambda, fed by a mapping of an emulated stream, with a receiver that stalls and
 * is killed, a shard that is split, a function that is ended at its timeout, and a record that cannot be read.
 */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmulator } from '../../../plugin/commands/emulator/start-kinesis.js';
import type { Invocation } from '../../fakes/event-source-mapping.js';
import { startReceiverProcess } from '../../fakes/receiver-process.js';
import { judge, putNumbered, splitShard } from '../numbered-flow-logs.js';
import { mapStream } from './map-stream.js';
import { LambdaEnvironment } from './runtime-api.js';

const stream = 'flow-logs';
const timeoutMs = 6000;
const load = { stream, records: 500, perRecord: 10, recordsPerSecond: 12 };
const poison = Buffer.from('this is not a payload of CloudWatch Logs');
/** After the last record is put. */
const settleMs = 60_000;

/** Resolves with what was counted; rejects if anything is lost, or with an `UnavailableError` without the runtime client. */
export async function deliverOnLambda(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'interop-lambda-'));
  const receiver = await startReceiverProcess(join(folder, 'lines'));
  const environment = await openFunction(folder, receiver.port).catch(async (error: unknown) => {
    await receiver.close();
    throw error;
  });
  const emulator = await startEmulator();
  const over = new AbortController();
  const invocations: Invocation[] = [];
  try {
    await emulator.createStream(stream, 2);
    const mapping = mapStream(emulator, {
      stream,
      invoke: (event) => environment.invoke(event),
      onInvocation: (invocation) => invocations.push(invocation),
      signal: over.signal,
    });
    // An end on purpose is no failure; the races below see any other.
    mapping.catch(() => {});
    const putting = putNumbered(emulator, load);
    await Promise.race([mapping, troubles(emulator, environment, receiver)]);
    const count = await putting;
    const arrived = async () => {
      const lines = await receiver.readLines();
      const hasPoison = lines.some((line) => line.includes(poison.toString('base64')));
      return { ...judge(lines, count), hasPoison };
    };
    const endMs = performance.now() + settleMs;
    let result = await arrived();
    while ((result.missing > 0 || !result.hasPoison) && performance.now() < endMs) {
      await Promise.race([mapping, delay(500)]);
      result = await arrived();
    }
    over.abort();
    return describe(count, result, invocations, environment);
  } finally {
    over.abort();
    environment.close();
    emulator.stop();
    await receiver.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** As it is deployed: the function beside its `node_modules`. */
async function openFunction(folder: string, port: number): Promise<LambdaEnvironment> {
  const modules = join(folder, 'function/node_modules');
  await mkdir(modules, { recursive: true });
  await symlink(resolve('.'), join(modules, 'kinesis-snare'));
  const handler = `import { createHandler } from 'kinesis-snare/lambda';\nexport const handler = createHandler('./manifest.json');\n`;
  await writeFile(join(folder, 'function/handler.mjs'), handler);
  const output = { type: 'tcp', host: '127.0.0.1', port };
  await writeFile(join(folder, 'function/manifest.json'), JSON.stringify({ id: 'kinesis-snare', config: { output } }));
  return LambdaEnvironment.open({ folder: join(folder, 'function'), timeoutMs });
}

async function troubles(
  emulator: Awaited<ReturnType<typeof startEmulator>>,
  environment: LambdaEnvironment,
  receiver: Awaited<ReturnType<typeof startReceiverProcess>>,
): Promise<void> {
  await delay(5000);
  receiver.signal('SIGSTOP');
  await delay(20_000);
  receiver.signal('SIGCONT');
  await emulator.putRecords(stream, [{ partitionKey: '0', data: poison }]);
  await delay(3000);
  await splitShard(emulator, stream, 0);
  await receiver.kill();
  await delay(2000);
  await receiver.restart();
  await delay(2000);
  environment.pause();
}

function describe(
  count: number,
  {
    missing,
    duplicates,
    hasPoison,
  }: { readonly missing: number; readonly duplicates: number; readonly hasPoison: boolean },
  invocations: readonly Invocation[],
  { times, stderr }: LambdaEnvironment,
): string {
  const retried = invocations.filter(({ done, records }) => done < records);
  const partly = retried.filter(({ done }) => done > 0).length;
  const { timeouts } = times;
  const facts = `${count} flow logs, ${missing} lost, ${duplicates} duplicates; ${invocations.length} invocations, ${retried.length} retried of which ${partly} from the middle, ${timeouts} timeouts; init ${median(times.initMs)} ms, first invocation ${median(times.firstMs)} ms, later ones ${median(times.laterMs)} ms`;
  if (missing > 0 || !hasPoison || retried.length === 0 || timeouts === 0) {
    throw new Error(`${facts}; unreadable record ${hasPoison ? 'delivered' : 'lost'}: ${stderr.slice(-2000)}`);
  }
  return facts;
}

function median(numbers: readonly number[]): number {
  return Math.round(numbers.toSorted((left, right) => left - right)[numbers.length >> 1] ?? Number.NaN);
}
