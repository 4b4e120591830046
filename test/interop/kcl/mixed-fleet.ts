/**
 * Processes of this program and real daemons of KCL on one lease table. With KCL 2 at the same time, through a split, a SIGKILL and
 * clean stops; with KCL 3 one after the other, there and back, and refused while KCL 3 lives.
 */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmulator } from '../../../plugin/commands/emulator/start-kinesis.js';
import { cli, environment, spawnProgram, writeManifest } from '../../end-to-end/command.js';
import { startReceiverProcess } from '../../fakes/receiver-process.js';
import { startMoto } from '../moto.js';
import { judge, putNumbered, splitShard } from '../numbered-flow-logs.js';
import { MultiLangDaemon, requireKcl } from './multi-lang-daemon.js';

const stream = 'flow-logs';
const perRecord = 10;
const drainTimeoutMs = 8000;
/** The fail-over time of the daemons, which `kcl --print-properties` makes of the drain. */
const leaseMs = drainTimeoutMs + 5000;
/** KCL is slow to begin and slow to take over. */
const patienceMs = 300_000;

type Process = ReturnType<typeof spawnProgram>;

/** Everything that a mixed fleet runs on. */
async function openGround(shards: number) {
  const moto = await startMoto();
  const folder = await mkdtemp(join(tmpdir(), 'interop-fleet-'));
  const receiver = await startReceiverProcess(join(folder, 'lines'));
  const emulator = await startEmulator();
  await emulator.createStream(stream, shards);
  const { endpoint, region } = emulator;
  const output = { type: 'tcp', host: '127.0.0.1', port: receiver.port };
  const input = { stream, endpoint, region, startAt: 'earliest' };
  const manifest = await writeManifest(folder, { input, output, drainTimeoutMs });
  const daemons: MultiLangDaemon[] = [];
  const processes: Process[] = [];
  const errors: string[] = [];
  const lines = () => receiver.readLines().catch(() => []);
  return {
    emulator,
    errors,
    lines,
    async startKcl(name: string, version: '2.5.4' | '3.1.3'): Promise<MultiLangDaemon> {
      const daemon = await MultiLangDaemon.start(name, { version, folder, manifest, dynamoDbEndpoint: moto.endpoint });
      daemons.push(daemon);
      return daemon;
    },
    async startOwn(name: string): Promise<Process> {
      const home = join(folder, name);
      await mkdir(home);
      // KCL names its table after the application.
      const checkpoint = {
        type: 'dynamodb',
        table: `kinesis-snare-${stream}`,
        endpoint: moto.endpoint,
        leaseMs,
        workerId: name,
      };
      const path = await writeManifest(home, { input: { ...input, checkpoint }, output, drainTimeoutMs });
      const own = spawnProgram(home, [cli, 'run', '--manifest', path], environment);
      own.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text));
      processes.push(own);
      return own;
    },
    /** Resolves when more lines have arrived than now. */
    async untilMore(): Promise<void> {
      const before = (await lines()).length;
      const endMs = performance.now() + patienceMs;
      while ((await lines()).length <= before) {
        if (performance.now() > endMs) throw new Error(`no more flow logs came\n${errors.join('').slice(-3000)}`);
        await delay(250);
      }
    },
    async untilAll(count: number): Promise<string> {
      const endMs = performance.now() + patienceMs;
      while (judge(await lines(), count).missing > 0) {
        if (performance.now() > endMs) break;
        await delay(500);
      }
      const { missing, duplicates } = judge(await lines(), count);
      if (missing > 0) throw new Error(`${missing} of ${count} flow logs are lost\n${errors.join('').slice(-3000)}`);
      return `${count} flow logs, 0 lost, ${duplicates} twice`;
    },
    async close(): Promise<void> {
      for (const daemon of daemons) daemon.kill();
      for (const own of processes) own.kill('SIGKILL');
      await receiver.close();
      await emulator.stop();
      await moto.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

async function stopOwn(own: Process): Promise<void> {
  own.kill('SIGTERM');
  const [code] = await once(own, 'close');
  if (code !== 0) throw new Error(`run ended with ${code} after SIGTERM`);
}

/** On one table at the same time. */
export async function shareWithKcl2(): Promise<string> {
  await requireKcl('2.5.4');
  const ground = await openGround(3);
  try {
    const { emulator } = ground;
    const putting = putNumbered(emulator, { stream, records: 1200, perRecord, recordsPerSecond: 8 });
    const first = await ground.startOwn('one');
    await ground.untilMore();
    const daemon = await ground.startKcl('kcl', '2.5.4');
    await delay(60_000);
    await splitShard(emulator, stream, 0);
    await delay(20_000);
    const second = await ground.startOwn('two');
    await delay(10_000);
    first.kill('SIGKILL');
    await delay(30_000);
    const count = await putting;
    await stopOwn(second);
    const result = await ground.untilAll(count);
    await daemon.stop();
    return result;
  } finally {
    await ground.close();
  }
}

/** This program, then KCL 3, then this program; it is refused while KCL 3 lives. */
export async function followKcl3(): Promise<string> {
  await requireKcl('3.1.3');
  const ground = await openGround(2);
  try {
    const { emulator, errors } = ground;
    const putting = putNumbered(emulator, { stream, records: 1100, perRecord, recordsPerSecond: 8 });
    const first = await ground.startOwn('one');
    await ground.untilMore();
    await splitShard(emulator, stream, 0);
    await delay(10_000);
    await stopOwn(first);
    const daemon = await ground.startKcl('kcl', '3.1.3');
    await ground.untilMore();
    await splitShard(emulator, stream, 1);
    const refused = await ground.startOwn('two');
    const [code] = await once(refused, 'close');
    if (code === 0 || !errors.join('').includes('Workers of KCL 3 use the table'))
      throw new Error(`a start beside KCL 3 ended with ${code}: ${errors.join('').slice(-2000)}`);
    await daemon.stop();
    const last = await ground.startOwn('three');
    const result = await ground.untilAll(await putting);
    await stopOwn(last);
    return result;
  } finally {
    await ground.close();
  }
}
