/**
 * Delivery to real receivers: `npm run test:interop [-- --kills N] [--only TEXT]`. Runs every set-up that this machine has
 * the programs for, says what it skipped and why, and ends with 1 if a confirmed line was lost or a set-up failed.
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

const { values } = parseArgs({ options: { kills: { type: 'string', default: '20' }, only: { type: 'string' } } });
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1)
  throw new Error(`--kills must be a whole number above 0, not '${values.kills}'`);

const folder = mkdtempSync(join(tmpdir(), 'interop-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const results = { passed: 0, failed: 0, skipped: 0 };
const nameWidth = 46;
printRow('set-up', 'signal', ['kills', 'confirmed', 'lost', 'duplicates']);
const waiting = setUps.filter(({ name }) => name.includes(values.only ?? ''));
await Promise.all([runNext(), runNext()]);
console.log(`\n${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped`);
process.exitCode = results.failed > 0 ? 1 : 0;

/** Two set-ups at a time: each waits for confirmations most of the time. */
async function runNext(): Promise<void> {
  for (let setUp = waiting.shift(); setUp; setUp = waiting.shift()) {
    const result = await run(setUp);
    results[result]++;
  }
}

async function run(setUp: SetUp): Promise<keyof typeof results> {
  const own = join(folder, setUp.name.replaceAll(/\W+/g, '-'));
  mkdirSync(own);
  try {
    return (await isLossless(setUp, own)) ? 'passed' : 'failed';
  } catch (error) {
    const isSkipped = error instanceof UnavailableError;
    console.log(`${setUp.name.padEnd(nameWidth)}${isSkipped ? 'skipped' : 'FAILED'}: ${(error as Error).message}`);
    return isSkipped ? 'skipped' : 'failed';
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
