/**
 * `replay`: a dead-letter file through the pipeline once more, after a format was added or a limit raised. The file is renamed
 * first, so that a running plugin may write to its own; what cannot be used this time either is written to that.
 */
import { AwsClock } from '../../src/aws/aws-clock.js';
import { AwsWatch } from '../../src/aws/watch.js';
import { backgroundClock, systemClock } from '../../src/clock.js';
import type { DeliveryOutcome } from '../../src/delivery.js';
import type { FormatSource } from '../../src/flow-log/format-source.js';
import { describePlain } from '../../src/pipeline/clients.js';
import { type DeadLetter, DeadLetterFile, formatLetter, parseLetter } from '../../src/pipeline/dead-letter-file.js';
import { LineOutput } from '../../src/pipeline/line-output.js';
import { createLogGroupFilter } from '../../src/pipeline/log-group-filter.js';
import { type OpenFormats, openFormats } from '../../src/pipeline/open-formats.js';
import { type ProcessOptions, processRecord } from '../../src/pipeline/process-record.js';
import type { StreamRecord } from '../../src/record.js';
import { PluginEmitter } from '../../src/report/events.js';
import { Counters } from '../../src/report/stats.js';
import { inputSchema } from '../../src/settings/input.js';
import type { OutputSettings, Settings } from '../../src/settings/settings.js';
import { PluginStartError } from '../errors.js';
import { loadSettings } from '../manifest/manifest.js';
import type { Diagnostics } from './diagnostics.js';
import { CommandError, exitCodes } from './exit.js';
import { ReplayFile } from './replay-file.js';

export interface ReplayOptions {
  readonly manifest: string;
  /** Default: the dead-letter file of the manifest. */
  readonly file: string | undefined;
  readonly diagnostics: Diagnostics;
}

/** Bytes of letters that are replayed before what is kept of them is written: they and their lines are held in memory. */
const batchBytes = 16 * 1024 * 1024;

/** Line numbers that are told of those that hold no dead letter. */
const maxNumbers = 10;

/** What became of one letter: what of it has to be kept, once its lines are confirmed or given up. */
type Replayed = () => readonly string[];

export async function replayCommand({ manifest, file, diagnostics }: ReplayOptions): Promise<number> {
  const { settings } = loadSettings(manifest);
  if (!settings.output) throw new PluginStartError(`There is nowhere to send to: set config.output in "${manifest}"`);
  const opened = await openReplayFormats(settings, diagnostics);
  try {
    return await replayAll(settings, settings.output, file, opened, diagnostics);
  } finally {
    opened.close();
  }
}

async function replayAll(
  settings: Settings,
  outputSettings: OutputSettings,
  file: string | undefined,
  formats: OpenFormats,
  diagnostics: Diagnostics,
): Promise<number> {
  const path = file ?? settings.deadLetter.path;
  const letters = await ReplayFile.take(path);
  if (!letters) {
    if (file !== undefined) throw new CommandError(`There is no dead-letter file "${file}"`);
    diagnostics.log('info', `There is no dead-letter file "${path}"; nothing to replay`);
    return exitCodes.clean;
  }
  if (letters.isContinued) {
    const message = `An earlier replay of "${path}" was interrupted and continues; what the file has now waits for another one`;
    diagnostics.log('info', message);
  }
  const reports = new PluginEmitter();
  reports.on('fault', ({ message }) => diagnostics.log('warn', message));
  const output = new LineOutput(outputSettings, {
    clock: backgroundClock,
    isHeld: false,
    onFault: (fault) => reports.reportFault(fault),
    onRecovery: () => reports.reportRecovery({ stage: 'deliver' }),
    // What was not confirmed is reported at the end.
    onClosed: () => {},
  });
  try {
    return await replayLetters(letters, path, output, { settings, formats, diagnostics });
  } finally {
    await output.release(0);
    await letters.close();
  }
}

interface Replay {
  readonly settings: Settings;
  readonly formats: OpenFormats;
  readonly diagnostics: Diagnostics;
}

/** Batch by batch: what is kept of one is on disk before it counts as replayed. Stops behind one that is not confirmed in time. */
async function replayLetters(
  letters: ReplayFile,
  path: string,
  output: LineOutput,
  { settings, formats, diagnostics }: Replay,
): Promise<number> {
  const process = toProcess(settings, formats.formats);
  const keptLetters = new DeadLetterFile(path);
  const counts = { replayed: 0, kept: 0 };
  const unreadable: number[] = [];
  let isFlushed = true;
  for await (const batch of letters.batches(batchBytes)) {
    const replayed: Replayed[] = [];
    for (const { number, text } of batch) {
      if (text === '') continue;
      const letter = parseLetter(text);
      if (!letter) unreadable.push(number);
      replayed.push(letter ? await replay(text, letter, output, process) : () => [text]);
    }
    isFlushed = await output.flush(settings.drainTimeoutMs);
    const kept = replayed.flatMap((keep) => keep());
    if (kept.length > 0) await keptLetters.writeLines(kept);
    await letters.markReplayed(batch);
    counts.replayed += replayed.length;
    counts.kept += kept.length;
    if (!isFlushed) break;
  }
  const { delivered } = output.stats;
  const summary = `Replayed ${counts.replayed} dead letters: ${delivered.lines} lines delivered, ${counts.kept} letters kept in "${path}"`;
  diagnostics.log('info', `${summary}${describeUnreadable(unreadable)}`);
  if (await letters.isReplayed()) await letters.remove();
  else diagnostics.log('warn', `The output did not confirm in time; the same command continues with "${letters.path}"`);
  return isFlushed && counts.kept === 0 ? exitCodes.clean : exitCodes.fault;
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
  output: LineOutput,
  options: ProcessOptions,
): Promise<Replayed> {
  const { deadLetters, rows } = await processRecord(toRecord(letter), options);
  let sent = 0;
  let delivered = 0;
  const settle = (outcome: DeliveryOutcome) => {
    if (outcome === 'delivered') delivered++;
  };
  for (const { row, message } of rows) {
    sent++;
    const payload = output.formatLine(row, message);
    const bytes = Buffer.byteLength(payload);
    if (bytes > output.maxLineBytes) continue;
    output.send({ payload, bytes, lines: 1, settle });
    if (!output.hasRoom) await output.whenRoom(new AbortController().signal);
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
    logGroupFilter: createLogGroupFilter(input ?? standardInput, () => {}),
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
