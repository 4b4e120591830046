/**
 * Runs the whole program between an endpoint and a receiver, each in its own process. The program starts as it does for a user,
 * with an additional probe that reports its resource usage.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { endChild, forkChild, nextMessage } from './fork-child.js';
import { machineMs } from './machine-time.js';
import type { ReceiverMark } from './receiver-child.js';
import type { Tree } from './tree.js';
import type { Usage } from './usage-probe.js';

export interface ProgramOptions {
  /** A folder of the benchmark; each run has its own files in it. */
  readonly folder: string;
  readonly recordsPath: string;
  readonly shards: number;
  readonly recordsPerShard: number;
  /** Number of lines that have to arrive. */
  readonly flows: number;
  readonly once?: boolean;
  /** Whether to keep the processors from going idle. */
  readonly isAwake?: boolean;
  /** Settings of `input` in addition to the necessary ones. */
  readonly inputSettings?: object | undefined;
  /** Whether metrics and the status page are on, and read every second. */
  readonly isWatched?: boolean;
  /** The build whose program runs. */
  readonly tree: Tree;
}

export interface ProgramRun {
  readonly startedMs: number;
  readonly first: ReceiverMark;
  readonly half: ReceiverMark;
  readonly last: ReceiverMark;
  readonly halfUsage: Usage;
  readonly lastUsage: Usage;
  readonly endedMs: number;
}

const probe = new URL('usage-probe.js', import.meta.url).href;
const limitMs = 300_000;

/** Runs until everything has arrived and is confirmed; throws if that does not happen. */
export async function runProgram(options: ProgramOptions): Promise<ProgramRun> {
  const { recordsPath, shards, recordsPerShard, isAwake, tree } = options;
  const endpoint = forkChild('endpoint-child', [recordsPath, shards, recordsPerShard]);
  const receiver = forkChild('receiver-child', []);
  const awake = isAwake ? cpus().map(() => forkChild('awake-child', [])) : [];
  let program: ChildProcess | undefined;
  const timer = setTimeout(() => program?.kill('SIGKILL'), limitMs);
  try {
    const [endpointPort, receiverPort] = await Promise.all([
      nextMessage<number>(endpoint),
      nextMessage<number>(receiver),
      ...awake.map(nextMessage<string>),
    ] as const);
    await warmUp(`http://127.0.0.1:${endpointPort}/`);
    receiver.send(options.flows);
    const manifest = writeManifest(options, endpointPort, receiverPort);
    const startedMs = machineMs();
    program = startProgram(tree, manifest, options.once ?? false);
    return { startedMs, ...(await follow(program, receiver, options)) };
  } finally {
    clearTimeout(timer);
    await Promise.all([endpoint, receiver, ...awake, ...(program ? [program] : [])].map(endChild));
  }
}

function startProgram({ cli }: Tree, manifest: string, isOnce: boolean): ChildProcess {
  return fork(cli, ['run', '--manifest', manifest, ...(isOnce ? ['--once'] : [])], {
    execArgv: ['--import', probe],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
}

async function follow(
  program: ChildProcess,
  receiver: ChildProcess,
  { flows, once: isOnce, isWatched }: ProgramOptions,
) {
  const told: string[] = [];
  program.stderr?.setEncoding('utf8').on('data', (text: string) => told.push(text));
  const watching = isWatched ? setInterval(() => void watch(told.join('')), 1000) : undefined;
  program.once('exit', () => clearInterval(watching));
  // Marks may arrive faster than the code awaits them; the iterator buffers them.
  const marks = on(receiver, 'message') as AsyncIterator<unknown>;
  const ended = once(program, 'close');
  const exited = ended.then(([code]) => {
    throw new Error(`The program ended with ${code} before all had arrived: ${told.join('')}`);
  });
  const first = await Promise.race([nextMark(marks, 'first'), exited]);
  const half = await Promise.race([nextMark(marks, 'half'), exited]);
  const halfUsage = await askUsage(program);
  const last = await Promise.race([nextMark(marks, 'last'), exited]);
  const lastUsage = await askUsage(program);
  exited.catch(() => {});
  if (!isOnce) program.kill('SIGTERM');
  const [code] = await ended;
  const delivered = /delivered ([\d,]+) lines/.exec(told.join(''))?.[1];
  if (code !== 0 || Number(delivered?.replaceAll(',', '')) !== flows) {
    throw new Error(`The program ended with ${code}, not with ${flows} lines delivered: ${told.join('')}`);
  }
  return { first, half, last, halfUsage, lastUsage, endedMs: machineMs() };
}

/** As Prometheus, with 15 seconds by default, and a browser do. */
async function watch(told: string): Promise<void> {
  const url = /status page are at (\S+)/.exec(told)?.[1];
  if (url === undefined) return;
  // The program may end meanwhile.
  for (const path of ['/metrics', '/'])
    await fetch(new URL(path, url)).then(
      (response) => response.text(),
      () => '',
    );
}

async function nextMark(marks: AsyncIterator<unknown>, expected: ReceiverMark['mark']): Promise<ReceiverMark> {
  const { value } = await marks.next();
  const [mark] = value as [ReceiverMark];
  if (mark.mark !== expected) throw new Error(`Expected the mark "${expected}", got "${mark.mark}"`);
  return mark;
}

async function askUsage(program: ChildProcess): Promise<Usage> {
  program.send('usage');
  return nextMessage<Usage>(program);
}

function writeManifest(
  { folder, inputSettings, isWatched }: ProgramOptions,
  endpointPort: number,
  receiverPort: number,
): string {
  const checkpoint = join(folder, 'checkpoint.json');
  for (const left of [checkpoint, `${checkpoint}.previous`]) rmSync(left, { force: true });
  const config = {
    input: {
      stream: 'bench',
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${endpointPort}`,
      startAt: 'earliest',
      checkpoint: { type: 'file', path: checkpoint },
      ...inputSettings,
    },
    output: { type: 'tcp', host: '127.0.0.1', port: receiverPort },
    ...(isWatched && { metrics: { port: 0 } }),
  };
  const path = join(folder, 'manifest.json');
  writeFileSync(path, JSON.stringify({ id: 'kinesis-snare', config }));
  return path;
}

/** AWS' own endpoint is warm already; this one has to be warmed up. */
async function warmUp(endpoint: string): Promise<void> {
  const ask = async (operation: string, input: object): Promise<Record<string, string>> => {
    const headers = { 'x-amz-target': `Kinesis_20131202.${operation}` };
    const reply = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(input) });
    return (await reply.json()) as Record<string, string>;
  };
  for (let round = 0; round < 20; round++) {
    await ask('DescribeStreamSummary', {});
    await ask('ListShards', {});
    const iterator = await ask('GetShardIterator', {
      ShardId: 'shardId-000000000000',
      ShardIteratorType: 'TRIM_HORIZON',
    });
    await ask('GetRecords', iterator);
  }
}
