/**
 * `kcl` under the real MultiLangDaemon, on an emulated stream and a DynamoDB of moto: a shard is split, the receiver is killed, the
 * group of processes gets SIGTERM under load, and a second daemon takes over.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmulator } from '../../../plugin/commands/emulator/start-kinesis.js';
import { writeManifest } from '../../end-to-end/command.js';
import { startReceiverProcess } from '../../fakes/receiver-process.js';
import { startMoto } from '../moto.js';
import { judge, putNumbered, splitShard } from '../numbered-flow-logs.js';
import { type KclVersion, MultiLangDaemon, requireKcl } from './multi-lang-daemon.js';

const stream = 'flow-logs';
const load = { stream, records: 700, perRecord: 10, recordsPerSecond: 12 };
/** KCL is slow to begin and slow to take over. */
const startMs = 180_000;
const takeOverMs = 300_000;

/** Resolves with what was counted; rejects if anything is lost, or with an `UnavailableError` without Java, the jars or moto. */
export async function deliverUnderKcl(version: KclVersion): Promise<string> {
  await requireKcl(version);
  const moto = await startMoto();
  const folder = await mkdtemp(join(tmpdir(), 'interop-kcl-'));
  const receiver = await startReceiverProcess(join(folder, 'lines'));
  const emulator = await startEmulator();
  const daemons: MultiLangDaemon[] = [];
  const start = async (name: string) => {
    const daemon = await MultiLangDaemon.start(name, { version, folder, manifest, dynamoDbEndpoint: moto.endpoint });
    daemons.push(daemon);
    return daemon;
  };
  const { endpoint, region } = emulator;
  const manifest = await writeManifest(folder, {
    input: { stream, endpoint, region, startAt: 'earliest' },
    output: { type: 'tcp', host: '127.0.0.1', port: receiver.port },
    drainTimeoutMs: 8000,
  });
  const lines = () => receiver.readLines().catch(() => []);
  /** Resolves with the milliseconds until the condition held. */
  const until = async (limitMs: number, condition: () => Promise<boolean>): Promise<number> => {
    const beganMs = performance.now();
    while (!(await condition())) {
      if (daemons.at(-1)?.hasEnded) throw new Error(`The daemon of KCL ${version} has ended`);
      if (performance.now() - beganMs > limitMs) throw new Error(`KCL ${version} made no progress in time`);
      await delay(250);
    }
    return performance.now() - beganMs;
  };
  try {
    await emulator.createStream(stream, 2);
    await putNumbered(emulator, { ...load, records: 8 });
    const first = await start('one');
    const firstMs = await until(startMs, async () => judge(await lines(), load.perRecord * 8).missing === 0);
    const putting = putNumbered(emulator, load);
    await delay(5000);
    const memory = first.memory();
    await splitShard(emulator, stream, 0);
    await delay(10_000);
    await receiver.kill();
    await delay(3000);
    await receiver.restart();
    await delay(10_000);
    await first.stop();
    const stoppedMs = performance.now();
    const before = (await lines()).length;
    const second = await start('two');
    await until(takeOverMs, async () => (await lines()).length > before);
    const handOverMs = performance.now() - stoppedMs;
    const count = await putting;
    await until(takeOverMs, async () => judge(await lines(), count).missing === 0);
    await second.stop();
    const { missing, duplicates } = judge(await lines(), count);
    return `${count} flow logs, ${missing} lost, ${duplicates} twice; first record after ${seconds(firstMs)}, clean stop to the next reader ${seconds(handOverMs)}; JVM ${memory.daemon} MB, ${memory.children.length} children of ${memory.children.join(', ')} MB`;
  } catch (error) {
    const logs = await Promise.all(daemons.map((daemon) => daemon.log()));
    const arrived = judge(await lines(), load.records * load.perRecord);
    throw new Error(
      `${(error as Error).message}; ${JSON.stringify(arrived)}; ${logs.map((log) => log.slice(-1500)).join('\n')}`,
    );
  } finally {
    for (const daemon of daemons) daemon.kill();
    emulator.stop();
    await receiver.close();
    await moto.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
