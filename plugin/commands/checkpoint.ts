/** `checkpoint show` and `checkpoint reset`. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import {
  previousPath,
  type ReadCheckpoint,
  readCheckpointFile,
  resetCheckpointFile,
} from '../../src/checkpoint/checkpoint-file.js';
import { acquireLock } from '../../src/checkpoint/lock.js';
import type { ShardCheckpoint } from '../../src/checkpoint/store.js';
import { resolveFile } from '../../src/trusted-file.js';
import { PluginStartError } from '../errors.js';
import { loadSettings } from '../manifest/manifest.js';
import { toTerminalText } from '../terminal-text.js';
import type { Diagnostics } from './diagnostics.js';
import { exitCodes } from './exit.js';

export interface CheckpointOptions {
  readonly manifest: string;
  readonly action: 'show' | 'reset';
  /** Whether to skip the question before a reset. */
  readonly isAgreed?: boolean;
  readonly write: (text: string) => void;
  readonly diagnostics: Pick<Diagnostics, 'log'>;
}

export async function checkpointCommand({
  manifest,
  action,
  isAgreed = false,
  write,
  diagnostics,
}: CheckpointOptions): Promise<number> {
  const { input } = loadSettings(manifest).settings;
  if (input?.checkpoint.type === 'dynamodb') {
    const { leaseCommand } = await import('./leases.js');
    const { checkpoint } = input;
    const options = { input, settings: checkpoint, action, isAgreed: isAgreed || undefined };
    return leaseCommand({ ...options, ask, write, diagnostics });
  }
  if (input?.checkpoint.type !== 'file') {
    throw new PluginStartError(
      `There is no checkpoint file: set config.input with a checkpoint of type "file" or "dynamodb" in "${manifest}"`,
    );
  }
  const path = await resolveFile(input.checkpoint.path);
  return action === 'show' ? show(path, write) : reset(path, isAgreed, diagnostics);
}

async function show(path: string, write: (text: string) => void): Promise<number> {
  const { content, recoveredFrom } = await readCheckpointFile(path);
  write(formatCheckpoint(path, content, recoveredFrom !== undefined));
  return exitCodes.clean;
}

/** Renames the file instead of removing it, so that a reset can be undone. */
async function reset(path: string, isAgreed: boolean, { log }: Pick<Diagnostics, 'log'>): Promise<number> {
  const lock = await acquireLock(path);
  try {
    if (!isAgreed) {
      log('info', `The checkpoint is "${path}"; after a reset, the next run starts at input.startAt`);
      if (!(await ask('Reset it? [y/N] '))) {
        log('info', 'Nothing was changed. To reset without a question, use --yes');
        return exitCodes.fault;
      }
    }
    const moved = await resetCheckpointFile(path, new Date());
    if (moved) log('info', `The checkpoint was renamed to "${moved}"; the next run starts at input.startAt`);
    else log('info', `There was no checkpoint "${path}"`);
    return exitCodes.clean;
  } finally {
    await lock.release();
  }
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = once(terminal, 'close').then(() => undefined);
    const answer = await Promise.race([terminal.question(question), closed]);
    // If standard input is closed, the answer is no. The line with the question still has to end.
    if (answer === undefined) process.stderr.write('\n');
    return /^y(es)?$/i.test(answer?.trim() ?? '');
  } finally {
    terminal.close();
  }
}

function formatCheckpoint(path: string, content: ReadCheckpoint['content'], isPrevious: boolean): string {
  if (!content) return `${toTerminalText(`No checkpoint at "${path}": the next run starts at input.startAt`)}\n`;
  const shards = [...content.shards].map(([shardId, checkpoint]) => [shardId, formatPosition(checkpoint)]);
  const from = isPrevious ? `${previousPath(path)} (the file itself is missing or cannot be read)` : path;
  return [['file', from], ['stream', content.stream.arn], ['created', toTime(content.stream.createdMs)], ...shards]
    .map((cells) => `${cells.map(toTerminalText).join('\t')}\n`)
    .join('');
}

export function formatPosition({ position, caughtUpMs, updatedMs }: ShardCheckpoint): string {
  const place = (() => {
    if (position.type === 'after') return `after ${position.sequenceNumber}`;
    if (position.type === 'time') return `from ${toTime(position.atMs)}`;
    return position.type === 'end' ? 'read to its end' : 'from its start';
  })();
  const caughtUp = caughtUpMs === undefined ? '' : `, caught up at ${toTime(caughtUpMs)}`;
  // A row of a lease table has no such time before its first checkpoint.
  const written = updatedMs === 0 ? '' : `, written ${toTime(updatedMs)}`;
  return `${place}${caughtUp}${written}`;
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
