/**
 * Runs the whole program between an endpoint and a receiver, each in its own process; or a fleet of several. The program starts
 * as it does for a user, with an additional probe that reports its resource usage.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { endChild, forkChild, nextMessage } from './fork-child.js';
import { BenchLeaseTable } from './lease-table.js';
import { machineMs } from './machine-time.js';
import type { ReceiverMark } from './receiver-child.js';
import type { Tree } from './tree.js';
import type { Usage } from './usage-probe.js';
import { warmUp } from './warm-up.js';

export interface ProgramOptions {
  /** A folder of the benchmark; each process has its own files in it. */
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
  /** Whether metrics are on and read every second, and the status page every three. */
  readonly isWatched?: boolean;
  /** How many processes share the shards by leases. If omitted, one reads them all, with a checkpoint file. */
  readonly processes?: number | undefined;
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
  const { recordsPath, shards, recordsPerShard, isAwake, processes, tree } = options;
  const endpoint = forkChild('endpoint-child', [recordsPath, shards, recordsPerShard, processes ? 'closed' : 'open']);
  const receiver = forkChild('receiver-child', []);
  const awake = isAwake ? cpus().map(() => forkChild('awake-child', [])) : [];
  const table = processes === undefined ? undefined : await BenchLeaseTable.start();
  const programs: ChildProcess[] = [];
  const timer = setTimeout(() => programs.map((program) => program.kill('SIGKILL')), limitMs);
  try {
    const [endpointPort, receiverPort] = await Promise.all([
      nextMessage<number>(endpoint),
      nextMessage<number>(receiver),
      ...awake.map(nextMessage<string>),
    ] as const);
    await warmUp(`http://127.0.0.1:${endpointPort}/`);
    receiver.send(options.flows);
    const startedMs = machineMs();
    for (let index = 0; index < (processes ?? 1); index++) {
      const manifest = writeManifest(options, endpointPort, receiverPort, table?.checkpoint);
      programs.push(startProgram(tree, manifest, options.once ?? false));
    }
    const ready = table?.whenShared(shards, programs.length).then(() => endpoint.send('open'));
    const run = await follow(programs, receiver, options);
    await ready;
    return { startedMs, ...run };
  } finally {
    clearTimeout(timer);
    await Promise.all([endpoint, receiver, ...awake, ...programs, ...(table ? [table.child] : [])].map(endChild));
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
  programs: readonly ChildProcess[],
  receiver: ChildProcess,
  { flows, once: isOnce, isWatched }: ProgramOptions,
) {
  const told = programs.map(gatherErrors);
  const all = () => told.map(({ text }) => text).join('');
  const watching = isWatched
    ? Object.entries(readEveryMs).map(([path, ms]) => setInterval(() => void read(path, all()), ms))
    : [];
  // Marks may arrive faster than the code awaits them; the iterator buffers them.
  const marks = on(receiver, 'message') as AsyncIterator<unknown>;
  const ended = programs.map((program) => once(program, 'close'));
  const exited = Promise.race(ended).then(([code]) => {
    throw new Error(`The program ended with ${code} before all had arrived: ${all()}`);
  });
  try {
    const first = await Promise.race([nextMark(marks, 'first'), exited]);
    const half = await Promise.race([nextMark(marks, 'half'), exited]);
    const halfUsage = await askUsage(programs);
    const last = await Promise.race([nextMark(marks, 'last'), exited]);
    const lastUsage = await askUsage(programs);
    exited.catch(() => {});
    if (!isOnce) for (const program of programs) program.kill('SIGTERM');
    const codes = (await Promise.all(ended)).map(([code]) => code);
    const delivered = told.map(({ text }) => Number(/delivered ([\d,]+) lines/.exec(text)?.[1]?.replaceAll(',', '')));
    if (codes.some((code) => code !== 0) || delivered.reduce((sum, lines) => sum + lines) !== flows) {
      throw new Error(`The program ended with ${codes}, not with ${flows} lines delivered: ${all()}`);
    }
    return { first, half, last, halfUsage, lastUsage, endedMs: machineMs() };
  } finally {
    for (const timer of watching) clearInterval(timer);
  }
}

/** What a program writes to its standard error. */
function gatherErrors(program: ChildProcess): { text: string } {
  const told = { text: '' };
  program.stderr?.setEncoding('utf8').on('data', (text: string) => {
    told.text += text;
  });
  return told;
}

/** Prometheus reads metrics every 15 seconds by default; the status page reloads itself every three seconds. */
const readEveryMs = { '/metrics': 1000, '/': 3000 } as const;

async function read(path: string, told: string): Promise<void> {
  const url = /status page are at (\S+)/.exec(told)?.[1];
  if (url === undefined) return;
  // The program may end meanwhile.
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

/** The CPU time of all together, and the peak of the largest. */
async function askUsage(programs: readonly ChildProcess[]): Promise<Usage> {
  const answers = programs.map(nextMessage<Usage>);
  for (const program of programs) program.send('usage');
  const usages = await Promise.all(answers);
  return {
    cpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    peakBytes: Math.max(...usages.map(({ peakBytes }) => peakBytes)),
  };
}

/** In a folder of its own, where the files of the program will be. */
function writeManifest(
  { folder, inputSettings, isWatched }: ProgramOptions,
  endpointPort: number,
  receiverPort: number,
  checkpoint: object = { type: 'file' },
): string {
  const config = {
    input: {
      stream: 'bench',
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${endpointPort}`,
      startAt: 'earliest',
      checkpoint,
      ...inputSettings,
    },
    output: { type: 'tcp', host: '127.0.0.1', port: receiverPort },
    ...(isWatched && { metrics: { port: 0 } }),
  };
  const path = join(mkdtempSync(join(folder, 'program-')), 'manifest.json');
  writeFileSync(path, JSON.stringify({ id: 'kinesis-snare', config }));
  return path;
}
