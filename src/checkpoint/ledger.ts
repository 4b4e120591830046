/**
 * Counts what became of every log event, with the position of its shard: a record counts once, also if the process ends at any
 * moment. The counts of each write of the checkpoint are in the checkpoint itself. From time to time, those of the last write
 * are added to the file of the ledger, which would be too large to write each time.
 *
 * The file and the checkpoint each have an epoch. Adding writes the file with the next epoch, and the following write of the
 * checkpoint takes that epoch and leaves these counts out. After a crash between the two, the epoch of the file is ahead, so
 * the counts in the checkpoint are known to be in the file. A ledger that cannot be read or written never stops the checkpoint.
 */
import { rename, rm } from 'node:fs/promises';
import type { Clock } from '../clock.js';
import { replaceFile } from '../durable-file.js';
import { describeError, type ReportFault, type ReportRecovery } from '../faults.js';
import { Failures } from '../retry.js';
import { describeAccess, readTrusted, resolveFile } from '../trusted-file.js';
import { previousPath, readCheckpointFile } from './checkpoint-file.js';
import { readBatches } from './ledger-batch.js';
import { boundsAt, formatCounts, LedgerCounts, parseCounts } from './ledger-counts.js';
import { type LedgerContent, ledgerPath, readLedgerFile, type UnfoldedText, writeLedgerFile } from './ledger-file.js';

export interface LedgerOptions {
  readonly checkpointPath: string;
  /** How long an hour is kept. */
  readonly days: number;
  readonly clock: Clock;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
}

/** Counts are added to the file after this time, or once they are many. */
const foldIntervalMs = 5 * 60_000;
const manyCells = 256;
const manyShare = 1 / 8;
/** Ids to remember of batches that were added: one may be left once more after a crash. */
const maxBatches = 1000;

export class Ledger {
  readonly #options: LedgerOptions;
  #content: LedgerContent;
  /** In the checkpoint, and not in the file. */
  #unfolded: LedgerCounts;
  /** Not in the checkpoint yet. */
  readonly #added = new LedgerCounts();
  /**
   * The checkpoint on disk has the epoch of the file and the counts in `#unfolded`. After a write that failed, it may have some
   * of them. Nothing is added to the file meanwhile: its epoch would be two ahead, as after a restored checkpoint.
   */
  #isKnown: boolean;
  #foldedMs: number;
  #isFull = false;
  readonly #failures: Failures;

  /**
   * Call with the lock of the checkpoint held.
   *
   * @param unfolded from the checkpoint; undefined if there is none, null if it cannot be read
   */
  static async open(options: LedgerOptions, unfolded: UnfoldedText | null | undefined): Promise<Ledger> {
    const { checkpointPath, clock, onFault } = options;
    const nowMs = clock.now();
    let content: LedgerContent | undefined;
    try {
      content = await readLedgerFile(checkpointPath);
      if (!content && unfolded && unfolded.epoch > 0) {
        const message = `The ledger "${ledgerPath(checkpointPath)}" is missing; log events are counted from now on`;
        onFault({ stage: 'checkpoint', code: 'ledger-unreadable', message });
      }
    } catch (error) {
      await setAside(ledgerPath(checkpointPath), error, options);
    }
    if (unfolded === null) {
      // The next write replaces it. The counts of the previous version would not be those of this position.
      const aside = await copyAside(options).catch(() => undefined);
      const kept = aside === undefined ? '' : `; a copy is kept as "${aside}"`;
      const message = `The part of the ledger in the checkpoint cannot be read${kept}; log events are counted from now on`;
      onFault({ stage: 'checkpoint', code: 'ledger-unreadable', message });
    }
    const isNew = content === undefined;
    // Without the file, what was added to it is lost.
    const sinceMs = isNew && unfolded && unfolded.epoch === 0 ? unfolded.sinceMs : nowMs;
    content ??= { epoch: unfolded?.epoch ?? 0, sinceMs, batches: [], counts: new LedgerCounts() };
    // The checkpoint takes a later time first; the file takes it when counts are added.
    const countedMs = unfolded === null ? nowMs : Math.max(content.sinceMs, unfolded?.sinceMs ?? 0);
    if (unfolded && unfolded.epoch < content.epoch - 1) {
      const message =
        'The ledger is newer than the checkpoint, so records that are read again are counted again; restore both files from the same copy';
      onFault({ stage: 'checkpoint', code: 'ledger-ahead', message });
    }
    const counts = unfolded && unfolded.epoch >= content.epoch ? parseCounts(unfolded.counts) : new LedgerCounts();
    const isKnown = !unfolded || unfolded.epoch >= content.epoch;
    const epoch = Math.max(content.epoch, unfolded?.epoch ?? 0);
    return new Ledger(options, { ...content, epoch, sinceMs: countedMs }, counts, isKnown);
  }

  private constructor(options: LedgerOptions, content: LedgerContent, unfolded: LedgerCounts, isKnown: boolean) {
    this.#options = options;
    this.#failures = new Failures(options, 'ledger');
    this.#isKnown = isKnown;
    this.#content = content;
    this.#unfolded = unfolded;
    this.#foldedMs = options.clock.monotonic();
  }

  /** Takes the counts, which belong to the positions of the next write of the checkpoint, and leaves them empty. */
  add(counts: LedgerCounts): void {
    const { days, clock, onFault } = this.#options;
    this.#added.addAll(counts, boundsAt(clock.now(), days));
    counts.clear();
    if (this.#isFull || this.#added.other.size === 0) return;
    this.#isFull = true;
    const message =
      'The ledger has no room for more log groups and hours, so some are counted together as others; set input.ledgerDays lower';
    onFault({ stage: 'checkpoint', code: 'ledger-full', message });
  }

  /**
   * Writes the checkpoint with the counts that belong to it. Makes one write at a time.
   *
   * @param write called once; takes the positions at once, before anything is awaited
   */
  async write<Written>(write: (unfolded: UnfoldedText) => Promise<Written>): Promise<Written> {
    if (this.#isKnown && this.#isDue) await this.#fold();
    this.#unfolded.addAll(this.#added);
    this.#added.clear();
    this.#isKnown = false;
    const { epoch, sinceMs } = this.#content;
    const written = await write({ epoch, sinceMs, counts: formatCounts(this.#unfolded) });
    this.#isKnown = true;
    return written;
  }

  get #isDue(): boolean {
    const nowMs = this.#options.clock.monotonic();
    if (nowMs - this.#foldedMs >= foldIntervalMs) return true;
    return this.#unfolded.cells >= Math.max(manyCells, this.#content.counts.cells * manyShare);
  }

  async #fold(): Promise<void> {
    const { checkpointPath, days, clock } = this.#options;
    this.#foldedMs = clock.monotonic();
    const bounds = boundsAt(clock.now(), days);
    const counts = new LedgerCounts();
    counts.addAll(this.#content.counts.since(bounds.fromHour), bounds);
    counts.addAll(this.#unfolded, bounds);
    const found = await readBatches(checkpointPath);
    const added = [...this.#content.batches];
    for (const { path, batch, cause } of found) {
      if (!batch) await setAside(path, cause, this.#options);
      else if (!added.includes(batch.id)) {
        counts.addAll(batch.counts, bounds);
        added.push(batch.id);
      }
    }
    const content = { ...this.#content, epoch: this.#content.epoch + 1, counts, batches: added.slice(-maxBatches) };
    try {
      await writeLedgerFile(checkpointPath, content);
    } catch (error) {
      const message = `The ledger "${ledgerPath(checkpointPath)}" could not be written, and its counts stay in the checkpoint: ${describeError(error)}`;
      this.#failures.failed({ stage: 'checkpoint', code: 'ledger-not-written', message, cause: error });
      return;
    }
    this.#failures.succeeded();
    this.#content = content;
    this.#unfolded = new LedgerCounts();
    for (const { path, batch } of found) if (batch) await rm(path, { force: true }).catch(() => {});
  }
}

/** Renames a file that cannot be read, so that a person can look at it; counting begins again without it. */
async function setAside(path: string, cause: unknown, { clock, onFault }: LedgerOptions): Promise<void> {
  const aside = asidePath(path, clock);
  const isMoved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  const kept = isMoved ? `it is kept as "${aside}", and` : 'and';
  const message = `The ledger "${path}" cannot be read${describeAccess(cause)}; ${kept} log events are counted from now on`;
  onFault({ stage: 'checkpoint', code: 'ledger-unreadable', message, cause });
}

/** Copies the checkpoint that was read. Its positions are valid, so it stays where it is. Resolves with the path of the copy. */
async function copyAside({ checkpointPath, clock }: LedgerOptions): Promise<string> {
  const file = await resolveFile(checkpointPath);
  const { recoveredFrom } = await readCheckpointFile(checkpointPath);
  const aside = asidePath(file, clock);
  await replaceFile(aside, await readTrusted(recoveredFrom === undefined ? file : previousPath(file)));
  return aside;
}

function asidePath(path: string, clock: Clock): string {
  return `${path}.unreadable-${new Date(clock.now()).toISOString().replaceAll(':', '')}`;
}
