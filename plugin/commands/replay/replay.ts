/**
 * `replay`: sends a dead-letter file through the pipeline again, after a format was added or a limit raised. The file is
 * renamed first, so that a running plugin writes to a new one. Letters that still cannot be used are written to the new file.
 */
import { AwsClock } from '../../../src/aws/aws-clock.js';
import { AwsWatch } from '../../../src/aws/watch.js';
import { boundsAt } from '../../../src/checkpoint/ledger-counts.js';
import { backgroundClock, systemClock } from '../../../src/clock.js';
import type { FormatSource } from '../../../src/flow-log/format-source.js';
import { describePlain } from '../../../src/pipeline/clients.js';
import { DeadLetterFile, parseLetter } from '../../../src/pipeline/dead-letter-file.js';
import { hasLedger } from '../../../src/pipeline/has-ledger.js';
import { LineOutput } from '../../../src/pipeline/line-output.js';
import { createLogGroupFilter } from '../../../src/pipeline/log-group-filter.js';
import { type OpenFormats, openFormats } from '../../../src/pipeline/open-formats.js';
import type { ProcessOptions } from '../../../src/pipeline/process-record.js';
import { PluginEmitter } from '../../../src/report/events.js';
import { Counters } from '../../../src/report/stats.js';
import { inputSchema } from '../../../src/settings/input.js';
import type { OutputSettings, Settings } from '../../../src/settings/settings.js';
import { PluginStartError } from '../../errors.js';
import { loadSettings } from '../../manifest/manifest.js';
import { count } from '../count.js';
import type { Diagnostics } from '../diagnostics.js';
import { CommandError, exitCodes } from '../exit.js';
import { type ProgressTarget, reportProgress } from '../progress.js';
import type { StatusLine } from '../status-line.js';
import { ReplayFile } from './replay-file.js';
import { type Replayed, replayLetter } from './replay-letter.js';

export interface ReplayOptions {
  readonly manifest: string;
  /** Default: the dead-letter file of the manifest. */
  readonly file: string | undefined;
  readonly logFormat: 'text' | 'json';
  readonly statusLine: StatusLine;
  readonly diagnostics: Diagnostics;
}

/** Bytes of dead letters in a batch. They and their lines stay in memory until the letters to keep are written. */
const batchBytes = 16 * 1024 * 1024;

/** Most line numbers reported for lines that are not dead letters. */
const maxNumbers = 10;

export async function replayCommand(options: ReplayOptions): Promise<number> {
  const { manifest, diagnostics } = options;
  const { settings } = loadSettings(manifest);
  if (!settings.output) throw new PluginStartError(`There is no output: set config.output in "${manifest}"`);
  const opened = await openReplayFormats(settings, diagnostics);
  try {
    return await replayAll(settings, settings.output, opened, options);
  } finally {
    opened.close();
  }
}

async function replayAll(
  settings: Settings,
  outputSettings: OutputSettings,
  formats: OpenFormats,
  options: ReplayOptions,
): Promise<number> {
  const { file, diagnostics } = options;
  const path = file ?? settings.deadLetter.path;
  const taken = await ReplayFile.take(path);
  if (!taken) {
    if (file !== undefined) throw new CommandError(`There is no dead-letter file "${file}"`);
    diagnostics.log('info', `There is no dead-letter file "${path}", so there is nothing to replay`);
    return exitCodes.clean;
  }
  if (taken.isContinued) {
    const message = `Continuing an interrupted replay of "${path}". To replay what was written to the file since, run the command again afterwards`;
    diagnostics.log('info', message);
  }
  const reports = new PluginEmitter();
  reports.on('fault', ({ message }) => diagnostics.log('warn', message));
  const output = new LineOutput(outputSettings, {
    clock: backgroundClock,
    isHeld: false,
    onFault: (fault) => reports.reportFault(fault),
    onRecovery: (what) => reports.reportRecovery(what),
    // Unconfirmed lines are reported at the end.
    onClosed: () => {},
  });
  try {
    return await replayBatches(taken, path, output, { ...options, settings, formats });
  } finally {
    await output.release(0);
    await taken.close();
  }
}

interface Replay extends ProgressTarget {
  readonly settings: Settings;
  readonly formats: OpenFormats;
  readonly diagnostics: Diagnostics;
}

/**
 * Replays batch by batch. The letters to keep are on disk before a batch counts as replayed. Stops after a batch that is not
 * confirmed in time.
 */
async function replayBatches(
  taken: ReplayFile,
  path: string,
  output: LineOutput,
  { settings, formats, diagnostics, ...target }: Replay,
): Promise<number> {
  const process = toProcess(settings, formats.formats);
  const bounds = boundsAt(systemClock.now(), (settings.input ?? standardInput).ledgerDays);
  const keptLetters = new DeadLetterFile(path);
  const counts = { replayed: 0, kept: 0 };
  const unreadable: number[] = [];
  let isFlushed = true;
  const endProgress = await reportLetters(taken, counts, { ...target, diagnostics });
  try {
    for await (const batch of taken.batches(batchBytes)) {
      const replayed: Replayed[] = [];
      for (const line of batch) {
        const { number, text } = line;
        if (text === '') continue;
        if (taken.isSuspect(line)) {
          const message = `The process ended while an earlier replay had line ${number} under way; the dead letter is kept`;
          diagnostics.log('warn', message);
          replayed.push(() => [text]);
          continue;
        }
        taken.begin(line);
        const deadLetter = parseLetter(text);
        if (!deadLetter) unreadable.push(number);
        replayed.push(
          deadLetter
            ? await replayLetter(line, deadLetter, output, { ...process, letters: taken, bounds })
            : () => [text],
        );
        taken.end();
      }
      isFlushed = await output.flush(settings.drainTimeoutMs);
      const kept = replayed.flatMap((keep) => keep());
      if (kept.length > 0) await keptLetters.writeLines(kept);
      await taken.markReplayed(batch);
      counts.replayed += replayed.length;
      counts.kept += kept.length;
      if (!isFlushed) break;
    }
  } finally {
    endProgress();
  }
  const { delivered } = output.stats;
  const summary = `Replayed ${count(counts.replayed, 'dead letter')}: delivered ${count(delivered.lines, 'line')}, kept ${count(counts.kept, 'dead letter')} in "${path}"`;
  diagnostics.log('info', `${summary}${describeUnreadable(unreadable)}`);
  if (await taken.isReplayed()) await taken.remove(ledgerOf(settings));
  else
    diagnostics.log(
      'error',
      `The output did not confirm in time; run the same command to continue with "${taken.path}"`,
    );
  return isFlushed && counts.kept === 0 ? exitCodes.clean : exitCodes.fault;
}

async function reportLetters(
  taken: ReplayFile,
  counts: { readonly replayed: number },
  target: ProgressTarget,
): Promise<() => void> {
  const startedMs = performance.now();
  const start = taken.replayedBytes;
  const size = await taken.size();
  return reportProgress(target, () => {
    const elapsedMs = performance.now() - startedMs;
    const { replayedBytes: bytes } = taken;
    return {
      share: size > 0 ? bytes / size : 1,
      done: count(counts.replayed, 'dead letter'),
      perSecond: (counts.replayed * 1000) / elapsedMs,
      leftMs: bytes > start ? (elapsedMs * (size - bytes)) / (bytes - start) : undefined,
      place: undefined,
      fields: { deadLetters: counts.replayed, bytes, size },
    };
  });
}

/** @param numbers line numbers in the original file, from 1 */
function describeUnreadable(numbers: readonly number[]): string {
  if (numbers.length === 0) return '';
  const more = numbers.length > maxNumbers ? ` and ${numbers.length - maxNumbers} more` : '';
  return `. ${numbers.length === 1 ? 'Line' : 'Lines'} ${numbers.slice(0, maxNumbers).join(', ')}${more} cannot be read`;
}

/** The checkpoint beside which the ledger is; undefined if there is none. */
function ledgerOf({ input }: Settings): string | undefined {
  return input && hasLedger(input) && input.checkpoint.type === 'file' ? input.checkpoint.path : undefined;
}

function toProcess(settings: Settings, formats: FormatSource): ProcessOptions {
  const { input, unparsed } = settings;
  return {
    isTallied: ledgerOf(settings) !== undefined,
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
