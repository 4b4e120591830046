/**
 * `emulator`: keeps an emulated Kinesis with a stream that is filled with flow logs, and CloudWatch Logs with the same log
 * events, until it is stopped. Prints the manifest to use with it on standard output.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { count } from '../count.js';
import type { Diagnostics } from '../diagnostics.js';
import { exitCodes } from '../exit.js';
import { createSchemaAddress } from '../schema-address.js';
import { EmulatedLogs, filterName } from './emulated-logs.js';
import { createLineSource, emulatedAccount, emulatedGroups, type LogLine } from './flow-log-lines.js';
import { openGateway } from './open-gateway.js';
import { type Emulator, startEmulator } from './start-kinesis.js';
import { createControlRecord, createDataRecord } from './subscription-record.js';

export interface EmulatorOptions {
  readonly stream: string;
  readonly shards: number;
  /** Lines a second. */
  readonly rate: number;
  /** After so many lines the stream is only kept; undefined for never. */
  readonly lines?: number | undefined;
  readonly seed: number;
  /** 0 for a free one. */
  readonly port: number;
  readonly write: (text: string) => void;
  readonly diagnostics: Pick<Diagnostics, 'log'>;
}

const tickMs = 1000;
/** Longest delay of a timer. */
const longestMs = 2 ** 31 - 1;

export async function emulatorCommand(options: EmulatorOptions): Promise<number> {
  const { stream, shards, port, write } = options;
  const { log } = options.diagnostics;
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  log('info', 'Starting an emulated Kinesis');
  const kinesis = await startEmulator();
  try {
    const streamArn = await kinesis.createStream(stream, shards);
    const logGroups = emulatedGroups.map(({ logGroup }) => logGroup);
    const logs = new EmulatedLogs({ region: kinesis.region, account: emulatedAccount, logGroups, streamArn });
    const gateway = await openGateway({ port, kinesis: kinesis.endpoint, logs });
    try {
      write(`${JSON.stringify(createManifest(stream, kinesis.region, gateway.endpoint), undefined, 2)}\n`);
      for (const line of describeUse(options, gateway.endpoint)) log('info', line);
      const filling = fill(kinesis, logs, options, ended.signal);
      const lines = await Promise.race([filling, kinesis.failed]);
      log('info', `Stopped after ${count(lines, 'line')}; the emulated stream is gone`);
      return exitCodes.clean;
    } finally {
      ended.abort();
      gateway.close();
    }
  } finally {
    kinesis.stop();
  }
}

function createManifest(stream: string, region: string, endpoint: string): object {
  const formats = emulatedGroups.filter(({ format }) => format !== undefined);
  const logGroups = emulatedGroups.map(({ logGroup }) => logGroup);
  // The stream may have all of its lines before the first start.
  const startAt = 'earliest';
  const input = { stream, region, endpoint, logsEndpoint: endpoint, startAt, logGroups, formats };
  return { $schema: createSchemaAddress('.'), id: 'kinesis-snare', config: { input, output: { type: 'stdout' } } };
}

function describeUse({ stream, rate, seed }: EmulatorOptions, endpoint: string): readonly string[] {
  return [
    `Stream "${stream}" at ${endpoint} gets ${count(rate, 'line')} per second, with seed ${seed}. Stop with Ctrl-C`,
    'Save the manifest above as manifest.json. In another terminal, set any credentials:',
    '  export AWS_ACCESS_KEY_ID=emulated AWS_SECRET_ACCESS_KEY=emulated',
    `Then run "npx kinesis-snare run" or your host app. To write another manifest, run "npx kinesis-snare init --region us-east-1 --endpoint ${endpoint}"`,
  ];
}

/** The number of lines that were put until the signal. */
async function fill(
  kinesis: Emulator,
  logs: EmulatedLogs,
  { stream, rate, seed, lines: most = Number.POSITIVE_INFINITY, diagnostics }: EmulatorOptions,
  signal: AbortSignal,
): Promise<number> {
  const source = createLineSource(seed);
  await kinesis.putRecords(stream, [{ partitionKey: 'control', data: createControlRecord(Date.now()) }]);
  let lines = 0;
  const startedMs = performance.now();
  for (let tick = 1; !signal.aborted && lines < most; tick++) {
    const nowMs = Date.now();
    const start = Math.floor(nowMs / 1000) - 60;
    const records = [...groupByStream(source.next(Math.min(rate, most - lines), start))].map(([key, batch]) => {
      const { logGroup, logStream } = batch[0];
      const messages = batch.map(({ message }) => message);
      const logEvents = logs.put(logGroup, logStream, start * 1000, messages, nowMs);
      const origin = { owner: emulatedAccount, logGroup, logStream, filterName };
      return { partitionKey: key, data: createDataRecord(origin, logEvents) };
    });
    await kinesis.putRecords(stream, records);
    lines += Math.min(rate, most - lines);
    const restMs = startedMs + tick * tickMs - performance.now();
    await delay(Math.max(0, restMs), undefined, { signal }).catch(() => {});
  }
  if (!signal.aborted) {
    diagnostics.log('info', `The stream has ${count(lines, 'line')} and gets no more. It is kept until Ctrl-C`);
    await delay(longestMs, undefined, { signal }).catch(() => {});
  }
  return lines;
}

/** CloudWatch Logs puts the log events of different log streams into different records. */
function groupByStream(lines: readonly LogLine[]): ReadonlyMap<string, [LogLine, ...LogLine[]]> {
  const batches = new Map<string, [LogLine, ...LogLine[]]>();
  for (const line of lines) {
    const key = `${line.logGroup} ${line.logStream}`;
    const batch = batches.get(key);
    if (batch) batch.push(line);
    else batches.set(key, [line]);
  }
  return batches;
}
