/**
 * Delivery to real receivers: `npm run test:interop [-- --kills N] [--only TEXT] [--strict]`. Runs every set-up that this
 * machine has the programs for, says what it skipped and why, and ends with 1 if a confirmed line was lost or a set-up
 * failed; with `--strict` also if one was skipped. Reports each set-up on a line as AVA reports a test.
 *
 * Everything runs with `confirm: "closed"` and its default hold of 500 ms. That is enough where a receiver writes what is
 * in its memory within the hold; rsyslog's default queue of 50,000 messages is, on a machine that writes 100,000 a second.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sendLines } from './cases.js';
import { createCertificates } from './certificates.js';
import { runKills } from './kill-run.js';
import { UnavailableError } from './programs.js';
import { type SetUp, setUps } from './set-ups.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    only: { type: 'string' },
    strict: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1)
  throw new Error(`--kills must be a whole number above 0, not '${values.kills}'`);

const folder = mkdtempSync(join(tmpdir(), 'interop-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** What came of each set-up, in the order of their ends; the reason where it did not pass. */
const results: { readonly name: string; readonly mark: keyof typeof marks; readonly reason: string }[] = [];
const marks = { passed: '✔', failed: '✘ [fail]:', skipped: '- [skip]' } as const;
const nameWidth = 46;
printRow('set-up', 'signal', ['kills', 'confirmed', 'lost', 'duplicates']);
const waiting = setUps.filter(({ name }) => name.includes(values.only ?? ''));
await Promise.all([runNext(), runNext()]);
console.log();
for (const { name, mark, reason } of results) console.log(`  ${marks[mark]} interop › ${name}${reason}`);
const count = (wanted: keyof typeof marks) => results.filter(({ mark }) => mark === wanted).length;
console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
process.exitCode = count('failed') > 0 || results.length === 0 ? 1 : 0;

/** Two set-ups at a time: each waits for confirmations most of the time. */
async function runNext(): Promise<void> {
  for (let setUp = waiting.shift(); setUp; setUp = waiting.shift()) {
    results.push({ name: setUp.name, ...(await run(setUp)) });
  }
}

async function run(setUp: SetUp): Promise<{ readonly mark: keyof typeof marks; readonly reason: string }> {
  const own = join(folder, setUp.name.replaceAll(/\W+/g, '-'));
  mkdirSync(own);
  try {
    if (await isLossless(setUp, own)) return { mark: 'passed', reason: '' };
    return { mark: 'failed', reason: ': lines were lost or not confirmed, see the table' };
  } catch (error) {
    const mark = error instanceof UnavailableError && !values.strict ? 'skipped' : 'failed';
    const { message } = error as Error;
    console.log(`${setUp.name.padEnd(nameWidth)}${mark}: ${message}`);
    return { mark, reason: `: ${message}` };
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

async function isLossless({ name, usesTls, create, sends }: SetUp, own: string): Promise<boolean> {
  const tls = usesTls ? createCertificates(own) : undefined;
  const receiver = await create(own, tls);
  if (sends) {
    const { isComplete, confirmed, lost, duplicates } = await sendLines(receiver, { ...sends, tls });
    printRow(name, 'none', [0, confirmed, lost, duplicates], isComplete);
    return isComplete && lost === 0;
  }
  const { counts, isComplete } = await runKills(receiver, kills, tls);
  for (const [signal, { kills, confirmed, lost, duplicates }] of Object.entries(counts)) {
    printRow(name, signal, [kills, confirmed, lost, duplicates], isComplete);
  }
  return isComplete && Object.values(counts).every(({ confirmed, lost }) => confirmed > 0 && lost === 0);
}

function printRow(name: string, signal: string, figures: readonly (string | number)[], isComplete = true): void {
  const cells = figures.map((figure) => figure.toLocaleString('en').padStart(11));
  console.log(
    `${name.padEnd(nameWidth)}${signal.padEnd(7)}${cells.join('')}${isComplete ? '' : '  not all confirmed'}`,
  );
}
