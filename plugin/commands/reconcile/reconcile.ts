/** `reconcile`: proves, hour by hour, that what CloudWatch Logs has of a log group is accounted for in the ledger. */

import { accountOf, toLogGroupName } from '../../../src/aws/arn.js';
import { readCheckpointFile } from '../../../src/checkpoint/checkpoint-file.js';
import type { WholeLedger } from '../../../src/checkpoint/read-ledger.js';
import { CheckpointError } from '../../../src/errors.js';
import type { LogRange } from '../../../src/log-range.js';
import { hasLedger } from '../../../src/pipeline/has-ledger.js';
import { createLogGroupFilter } from '../../../src/pipeline/log-group-filter.js';
import { readWholeLedger } from '../../../src/pipeline/read-whole-ledger.js';
import { hourMs } from '../../../src/tally.js';
import { adviseAccess, describeAccess } from '../../../src/trusted-file.js';
import { PluginStartError } from '../../errors.js';
import { loadSettings } from '../../manifest/manifest.js';
import { count } from '../count.js';
import { type CountOptions, countExisting } from '../count-existing.js';
import type { Diagnostics } from '../diagnostics.js';
import { CommandError, exitCodes, UsageError } from '../exit.js';
import { formatBackfill, formatTime } from '../format-backfill.js';
import { parseTime } from '../parse-time.js';
import { compareHours } from './compare-hours.js';
import { explainComparison, lateMs } from './explain-comparison.js';
import { formatHours, sumOf, toJson } from './format-comparison.js';

export interface ReconcileOptions extends CountOptions {
  readonly manifest: string;
  readonly logGroup: string;
  readonly from: string;
  readonly to: string;
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly diagnostics: Diagnostics;
}

const dayMs = 24 * hourMs;

export async function reconcileCommand(options: ReconcileOptions): Promise<number> {
  const { manifest, logGroup, json, write, diagnostics } = options;
  const { settings } = loadSettings(manifest);
  const { input } = settings;
  if (!input) throw new PluginStartError(`There is no input: set config.input in "${manifest}"`);
  if (!hasLedger(input) || input.checkpoint.type !== 'file')
    throw new PluginStartError(
      'There is no ledger: it requires a checkpoint of type "file" and input.ledgerDays above 0',
    );
  // By its name alone: the account of a log group is not known yet.
  const filter = createLogGroupFilter({ ...input, accounts: [] }, () => {});
  if (filter?.others === 'ignore' && !filter.accepts({ owner: '', logGroup: toLogGroupName(logGroup) }))
    throw new CommandError(
      `Log group "${logGroup}" is not in input.logGroups, so its log events are ignored (input.otherLogGroups) and nothing counts them`,
    );
  const range = toWholeHours(options, input.ledgerDays);
  const { path } = input.checkpoint;
  const readLedger = () => readLedgerAt(path, settings.deadLetter.path);
  // To count can take long, which is in vain without a ledger.
  await readLedger();
  const existing = await countExisting(range, input, options);
  // Again after the count: what was confirmed meanwhile is in it.
  const ledger = await readLedger();
  for (const file of ledger.unreadable)
    diagnostics.log('warn', `The counts in "${file}" cannot be read and are left out`);
  const account = accountOf(logGroup) ?? existing.accountId;
  const comparison = compareHours(existing.hours, ledger.counts, {
    ...range,
    logGroup: toLogGroupName(logGroup),
    account,
  });
  if (comparison.accounts.length > 0) {
    throw new CommandError(
      `The ledger has log group "${logGroup}" of more than one account (${comparison.accounts.join(', ')}); name it by its ARN`,
    );
  }
  const lacking = comparison.hours.filter(({ missing }) => missing > 0);
  const commands = lacking.map(({ fromMs }) => formatBackfill({ logGroup, fromMs, toMs: fromMs + hourMs }, manifest));
  if (json) {
    const { hours, filters } = comparison;
    const since = ledger.sinceMs === undefined ? null : formatTime(ledger.sinceMs);
    const missing = sumOf(hours).missing;
    write(`${JSON.stringify({ logGroup, since, filters, missing, hours: hours.map(toJson), commands }, null, 2)}\n`);
  } else {
    write(formatHours(comparison.hours));
  }
  const { content, recoveredFrom } = await readCheckpointFile(path);
  if (recoveredFrom !== undefined)
    diagnostics.log('warn', `The checkpoint "${path}" cannot be read; the counts are those of its previous version`);
  const shards = content?.shards.values() ?? [];
  // Above the commands: what is still in the stream will come without them.
  explainComparison(comparison, { manifest, ledger, shards }, diagnostics.log);
  if (!json && commands.length > 0) {
    const unless = describeUncounted(ledger, lacking[0]?.fromMs ?? 0);
    write(`\nTo fetch what is missing${unless}:\n\n${commands.map((line) => `${line}\n`).join('')}`);
  }
  return lacking.length === 0 ? exitCodes.clean : exitCodes.fault;
}

/** What was sent and is not counted would be sent again. */
function describeUncounted({ sinceMs, unreadable }: WholeLedger, fromMs: number): string {
  if (unreadable.length > 0) return ', unless it was sent and its counts cannot be read';
  return sinceMs !== undefined && fromMs <= sinceMs ? `, unless it was sent before ${formatTime(sinceMs)}` : '';
}

async function readLedgerAt(path: string, deadLetterPath: string): Promise<WholeLedger> {
  const ledger = await readWholeLedger(path, deadLetterPath).catch((cause: unknown) => {
    // What is wrong with the checkpoint is not wrong with the ledger.
    if (cause instanceof CheckpointError) throw cause;
    const renamed = '; the next "run" renames it and starts a new one';
    const message = `The ledger beside "${path}" cannot be read, so nothing can be compared${describeAccess(cause)}${adviseAccess(cause, renamed)}`;
    throw new CommandError(message, { cause });
  });
  if (ledger.counts.isEmpty && ledger.sinceMs === undefined && ledger.unreadable.length === 0)
    throw new CommandError(`There is no ledger beside "${path}" yet; "run" creates it`);
  return ledger;
}

/** The ledger counts by whole hours. */
function toWholeHours({ logGroup, from, to, diagnostics }: ReconcileOptions, ledgerDays: number): LogRange {
  const nowMs = Date.now();
  const [fromMs, toMs] = [parseTime('--from', from, nowMs).ms, parseTime('--to', to, nowMs).ms];
  if (fromMs >= toMs) throw new UsageError(`Expected --from before --to, got --from "${from}" and --to "${to}"`);
  const whole = { fromMs: Math.floor(fromMs / hourMs) * hourMs, toMs: Math.ceil(toMs / hourMs) * hourMs };
  if (whole.fromMs < Math.floor(nowMs / hourMs) * hourMs - ledgerDays * dayMs)
    throw new UsageError(
      `Expected --from within the last ${count(ledgerDays, 'day')}, which the ledger keeps (input.ledgerDays), got "${from}"`,
    );
  if (whole.toMs - whole.fromMs > (ledgerDays + 1) * dayMs)
    throw new UsageError(`Expected --to at most a day ahead, got "${to}"`);
  if (toMs > nowMs - lateMs) {
    const what = toMs > nowMs ? 'in the future' : 'less than 20 minutes ago';
    diagnostics.log('warn', `--to is ${what}. The latest flow logs may still be on their way to the stream`);
  }
  if (whole.fromMs !== fromMs || whole.toMs !== toMs)
    diagnostics.log('info', `Whole hours are compared: from ${formatTime(whole.fromMs)} to ${formatTime(whole.toMs)}`);
  return { logGroup, ...whole };
}
