/**
 * Delivery to real receivers, AWS services of another maker, and a host app in TypeScript: `npm run test:interop
 * [-- --kills N] [--only TEXT] [--strict]`. Runs everything that this machine has the programs for, says what it skipped and
 * why, and ends with 1 if a confirmed line was lost or anything failed; with `--strict` also if anything was skipped.
 *
 * Everything runs with `confirm: "closed"` and its default hold of 500 ms. That is enough where a receiver writes what is
 * in its memory within the hold; rsyslog's default queue of 50,000 messages is, on a machine that writes 100,000 a second.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { awsCases } from './aws-cases.js';
import { sendLines } from './cases.js';
import { createCertificates } from './certificates.js';
import { runKills } from './kill-run.js';
import { packagingCases } from './packaging.js';
import { runCases } from './report.js';
import { type SetUp, setUps } from './set-ups.js';
import { compileWithEachCompiler } from './typescript-host.js';
import { watchCases } from './watch-cases.js';

// The SDK warns of old versions of Node; here that is no news.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    strict: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1)
  throw new Error(`--kills must be a whole number above 0, not '${values.kills}'`);

const folder = mkdtempSync(join(tmpdir(), 'interop-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const nameWidth = 46;
printRow('set-up', 'signal', ['kills', 'confirmed', 'lost', 'duplicates']);
const hostCase = { name: 'a strict TypeScript host, with nothing hoisted', run: compileWithEachCompiler };
const receiverCases = setUps.map((setUp) => ({ name: setUp.name, run: () => runSetUp(setUp) }));
// Two at a time: each waits for confirmations most of the time.
const isPassed = await runCases([hostCase, ...watchCases, ...awsCases, ...packagingCases, ...receiverCases], {
  only: values.only,
  isStrict: values.strict,
  atATime: 2,
});
process.exitCode = isPassed ? 0 : 1;

async function runSetUp(setUp: SetUp): Promise<string> {
  const own = join(folder, setUp.name.replaceAll(/\W+/g, '-'));
  mkdirSync(own);
  try {
    if (!(await isLossless(setUp, own))) throw new Error('lines were lost or not confirmed, see the table');
    return '';
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
