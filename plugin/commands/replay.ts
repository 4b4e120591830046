/**
 * `replay`: a dead-letter file through the pipeline once more, after a format was added or a limit raised. The file is moved
 * aside first, so that a running plugin may go on writing to its own; what cannot be used this time either goes back.
 */
import { readFile, rename, rm } from 'node:fs/promises';
import { AwsClock } from '../../src/aws-clock.js';
import { AwsWatch } from '../../src/aws-watch.js';
import { systemClock } from '../../src/clock.js';
import { describeError } from '../../src/faults.js';
import type { FormatSource } from '../../src/flow-log/format-source.js';
import type { StreamRecord } from '../../src/record.js';
import { type DeadLetter, DeadLetterFile, formatLetter, parseLetter } from '../collect/dead-letter.js';
import { describePlain } from '../collect/describe-plain.js';
import { type OpenFormats, openFormats } from '../collect/format-source.js';
import { type ProcessOptions, processRecord } from '../collect/process-record.js';
import { PluginEmitter } from '../events.js';
import type { LineOwner } from '../logger/flow-log-record.js';
import { loadSettings } from '../manifest.js';
import { inputSchema } from '../settings/input.js';
import type { Settings } from '../settings.js';
import { PluginStartError } from '../start-error.js';
import { Counters } from '../stats.js';
import { SnareTransport, type SnareTransportOptions } from '../transport.js';
import type { Diagnostics } from './diagnostics.js';
import { CommandError, exitCodes } from './exit.js';

export interface ReplayOptions {
  readonly manifest: string;
  /** Default: the dead-letter file of the manifest. */
  readonly file: string | undefined;
  readonly diagnostics: Diagnostics;
}

/** Line numbers that are told of those that hold no dead letter. */
const maxNumbers = 10;

/** What became of one letter: what of it has to be kept, once its lines are confirmed or given up. */
type Replayed = () => readonly string[];

export async function replayCommand({ manifest, file, diagnostics }: ReplayOptions): Promise<number> {
  const { settings } = loadSettings(manifest);
  if (!settings.output) throw new PluginStartError(`There is nowhere to send to: set config.output in "${manifest}"`);
  const opened = await openReplayFormats(settings, diagnostics);
  try {
    return await replayAll(settings, file, opened, diagnostics);
  } finally {
    opened.close();
  }
}

async function replayAll(
  settings: Settings,
  file: string | undefined,
  { formats }: OpenFormats,
  diagnostics: Diagnostics,
): Promise<number> {
  const path = file ?? settings.deadLetter.path;
  const aside = `${path}.replaying`;
  const lines = await takeAside(path, aside);
  if (!lines) {
    if (file !== undefined) throw new CommandError(`There is no dead-letter file "${file}"`);
    diagnostics.log('info', `There is no dead-letter file "${path}"; nothing to replay`);
    return exitCodes.clean;
  }
  const transport = new SnareTransport(settings.output as SnareTransportOptions);
  transport.on('warn', (warning: Error) => diagnostics.log('warn', warning.message));
  const process = toProcess(settings, formats);
  const replayed: Replayed[] = [];
  const unreadable: number[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const letter = parseLetter(line);
    if (!letter) unreadable.push(index + 1);
    replayed.push(letter ? await replay(line, letter, transport, process) : () => [line]);
  }
  const isFlushed = await transport.drain(settings.drainTimeoutMs);

  const kept = replayed.flatMap((keep) => keep());
  if (kept.length > 0) await new DeadLetterFile(path).writeLines(kept);
  await rm(aside);
  const { delivered } = transport.stats;
  const summary = `Replayed ${replayed.length} dead letters: ${delivered.lines} lines delivered, ${kept.length} letters kept in "${path}"`;
  diagnostics.log('info', `${summary}${describeUnreadable(unreadable)}`);
  return isFlushed ? exitCodes.clean : exitCodes.fault;
}

/** Line by line. The letters of a replay that was cut off come first; those of the file itself then wait for another replay. */
async function takeAside(path: string, aside: string): Promise<readonly string[] | undefined> {
  const isCutOff = await readFile(aside).then(
    () => true,
    () => false,
  );
  try {
    if (!isCutOff) await rename(path, aside);
    const text = await readFile(aside, 'utf8');
    return text.split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`The dead-letter file "${path}" cannot be replayed: ${describeError(error)}`, { cause: error });
  }
}

/** @param numbers from 1, of lines of the file as it was */
function describeUnreadable(numbers: readonly number[]): string {
  if (numbers.length === 0) return '';
  const more = numbers.length > maxNumbers ? ` and ${numbers.length - maxNumbers} more` : '';
  const which = `${numbers.length === 1 ? 'line' : 'lines'} ${numbers.slice(0, maxNumbers).join(', ')}${more}`;
  return `; among them what cannot be read, which was in ${which}`;
}

async function replay(
  line: string,
  letter: DeadLetter,
  transport: SnareTransport,
  options: ProcessOptions,
): Promise<Replayed> {
  const { deadLetters, rows } = await processRecord(toRecord(letter), options);
  let sent = 0;
  let delivered = 0;
  const owner: LineOwner = {
    settle(outcome, _first, count) {
      if (outcome === 'delivered') delivered += count;
    },
  };
  for (const { row, message } of rows) {
    transport.ship(row, message, owner, sent++);
    if (!transport.hasRoom) await transport.whenRoom(new AbortController().signal);
  }
  return () => {
    // Nothing of use in it, or not confirmed: the letter stays as it is.
    if ((sent === 0 && deadLetters.length > 0) || delivered < sent) return [line];
    return deadLetters.map(formatLetter);
  };
}

function toRecord({ shardId, sequenceNumber, data }: DeadLetter): StreamRecord {
  return {
    shardId,
    sequenceNumber,
    data,
    readMs: systemClock.now(),
    arrivalMs: undefined,
    ack: () => {},
  };
}

function toProcess({ input, unparsed }: Settings, formats: FormatSource): ProcessOptions {
  return {
    caps: input ?? standardInput,
    formats,
    unparsed,
    clock: systemClock,
    counters: new Counters(),
    events: new PluginEmitter(),
  };
}

/** For a manifest without an input. */
const standardInput = inputSchema.parse({ stream: 'none' });

function openReplayFormats({ input = standardInput }: Settings, { log }: Diagnostics): Promise<OpenFormats> {
  const watch = new AwsWatch(new AwsClock(systemClock), (origin) => log('warn', describePlain(origin).message));
  return openFormats(input, {
    streamArn: () => input.stream,
    watch,
    clock: systemClock,
    random: Math.random,
    signal: new AbortController().signal,
    onAdvice: (message) => log('warn', message),
    onFault: ({ message }) => log('warn', message),
    onRecovery: () => {},
  });
}
